/** What set-up says of skills and of how queues choose. */
export const routing = {
  skill: 'Skill',
  skills: 'Skills',
  level: 'Level, 1 to 10',
  skillsHint: 'Empty: without the skill. Type a level; Enter goes to the next, Shift+Enter back.',
  noSkills: 'There are no skills yet: make them under Skills.',
  keyHint: 'Short name in the center file and in flows. A language’s code (en, ru, th): the skill is that language.',
}

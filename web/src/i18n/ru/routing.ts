/** What set-up says of skills and of how queues choose. */
export const routing = {
  skill: 'Навык',
  skills: 'Навыки',
  level: 'Уровень, от 1 до 10',
  skillsHint: 'Пусто — навыка нет. Наберите уровень; Enter переходит к следующему, Shift+Enter — назад.',
  noSkills: 'Навыков ещё нет: заведите их в разделе «Навыки».',
  keyHint: 'Короткое имя в файле центра и в сценариях. Код языка (en, ru, th) — значит, навык и есть этот язык.',
}

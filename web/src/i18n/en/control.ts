export const transfer = {
  title: 'Transfer or consult',
  search: 'Who or where',
  hint: 'Name, queue, entry point or number',
  nothing: 'Nothing fits. A telephone number needs at least three digits.',
  kind: { agent: 'Agent', queue: 'Queue', entry: 'Entry point', outside: 'Number outside' },
  callNumber: 'Call {{number}}',
  free: 'free',
  busy: 'not free',
  ask: 'Ask first',
  now: 'Transfer now',
  add: 'Add to the call',
  explain:
    'Ask first: you talk privately and the customer hears music. Transfer now: the customer is sent there and you are done. Add to the call: all talk together.',
  choose: 'Choose somebody first.',
  noEntry: 'Nobody can be asked at an entry point; transfer the call there.',
  notFree: 'This agent is not free to be asked now. A transfer waits for half a minute, then goes to the queue.',
  full: 'There are six in this call already; nobody else fits in.',
  finishFirst: 'Finish the private talk first: bring it together, or take the other one out.',
  othersHere: 'Others are in this call: hand it over to them, or take them out first.',
}

export const monitor = {
  title: 'Take part',
  menu: 'Take part in the call of {{agent}}',
  hint: {
    listen: 'Nobody hears you.',
    whisper: 'Only the agent hears you.',
    barge: 'Everybody hears you.',
  },
}

export const play = {
  title: 'Let the customer hear or enter something',
  prompts: 'Play a prompt',
  secrets: 'Secret digits',
  secretsHint:
    'The customer enters digits with the telephone. You and the recording hear nothing; you see how many there are.',
  listen: 'Hear “{{name}}” yourself first',
  silence: 'Stop listening',
  cannotHear: 'It cannot be heard here: it has no sound.',
  start: 'Play “{{name}}” into the call',
  ask: 'Ask for “{{name}}”',
  noPrompts: 'There are no prompts of your own yet. An administrator makes them in the set-up.',
  noSecrets: 'No flow takes digits yet. An administrator makes one.',
  playing: 'Playing “{{name}}” into the call',
  stop: 'Stop the prompt',
  digits_one: 'The customer has entered {{count}} digit',
  digits_other: 'The customer has entered {{count}} digits',
  noDigits: 'The customer is asked for digits',
  cancel: 'Take the customer back',
}

export const absent = {
  title: 'Did not come',
  hide: 'Hide that {{who}} did not come',
  again: 'Ask {{who}} again',
  busy: 'busy',
  no_answer: 'no answer',
  declined: 'said no',
  not_free: 'not free just now',
  nobody_free: 'nobody was free',
  phone: 'the phone could not be connected',
  wrong_number: 'there is no such number',
  unreachable: 'cannot be reached now',
  not_allowed: 'this number may not be called from here',
  spent: 'the money for such calls is used up for this hour',
  no_line: 'no line is free',
  restarted: 'the server was restarted',
}

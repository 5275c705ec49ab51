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

/** What an agent sees of notices. */
export const notice = {
  mine: 'Notices',
  mineOpen_one: 'Notices: {{count}} is open',
  mineOpen_other: 'Notices: {{count}} are open',
  none: 'There are no notices for you.',
  came: 'New notice: {{title}}',
  askLabel: 'Notice to confirm',
  by: 'by {{who}}, {{time}}',
  until: 'until {{time}}',
  confirm: 'I have read it: confirm',
  read: 'I have read it',
  later: 'Later',
  confirmedAt: 'confirmed {{time}}',
  readAt: 'read {{time}}',
  importances: {
    read: 'to read',
    confirm: 'to confirm',
    block: 'to confirm before Available',
  },
}

/** What is to be done before one can become available, by the codes of the server. */
export const hinders = {
  phone_check: 'Check the phone.',
  checklist: 'Tick the checklist of the workplace.',
  notice: 'Confirm the notice “{{name}}” first.',
}

/** The dialog at the desk that promises a customer a call. */
export const callLater = {
  open: 'Call back later …',
  title: 'Call the customer later',
  at: 'When',
  atHint: 'By the clock of the center ({{zone}}).',
  note: 'What it is about',
  own: 'My own',
  ownHint:
    'Offered to you at that time, to everybody of the queue when you are not there or after a while. You are told before.',
  save: 'Promise the call',
  made: 'The customer is called {{time}}.',
}

/** What is asked of an agent before a shift. */
export const shift = {
  title: 'Before the shift',
  arrived: 'You came at {{time}}',
  planned: 'planned {{time}}',
  credited: 'counted from {{time}}',
  allowed: '{{by}} lets you work all the same: {{note}}',
  check: 'Check the phone',
  checked: 'Phone checked',
  unchecked: 'Phone not checked yet',
  checkFailed: 'The phone check has failed',
  list: { start: 'My workplace at the start', end: 'My workplace at the end' },
  lack: { phone_check: 'phone check', checklist: 'checklist', notice: 'notices' },
  spotGood: '{{by}} found your workplace in order, {{time}}',
  spotBad: '{{by}} found at your workplace, {{time}}',
  blocked: 'You can become available when this is done. Otherwise ask your leader.',
  ready: 'Nothing keeps you from becoming available.',
  offline: 'Go offline',
}

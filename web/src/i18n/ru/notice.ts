/** What an agent sees of notices. */
export const notice = {
  mine: 'Объявления',
  mineOpen_one: 'Объявления: {{count}} ждёт прочтения',
  mineOpen_few: 'Объявления: {{count}} ждут прочтения',
  mineOpen_many: 'Объявления: {{count}} ждут прочтения',
  mineOpen_other: 'Объявления: {{count}} ждут прочтения',
  none: 'Для вас нет объявлений.',
  came: 'Новое объявление: {{title}}',
  askLabel: 'Объявление, которое надо подтвердить',
  by: 'от {{who}}, {{time}}',
  until: 'до {{time}}',
  confirm: 'Прочитано, подтверждаю',
  read: 'Прочитано',
  later: 'Позже',
  confirmedAt: 'подтверждено {{time}}',
  readAt: 'прочитано {{time}}',
  importances: {
    read: 'прочитать',
    confirm: 'подтвердить',
    block: 'подтвердить до статуса «Доступен»',
  },
}

/** What is to be done before one can become available, by the codes of the server. */
export const hinders = {
  phone_check: 'Проверьте телефон.',
  checklist: 'Отметьте список проверки рабочего места.',
  notice: 'Сначала подтвердите объявление «{{name}}».',
}

/** The dialog at the desk that promises a customer a call. */
export const callLater = {
  open: 'Перезвонить позже …',
  title: 'Позвонить клиенту позже',
  at: 'Когда',
  atHint: 'По часам центра ({{zone}}).',
  note: 'О чём',
  own: 'Мой звонок',
  ownHint:
    'В это время предложат вам, а если вас нет или через некоторое время — всем в очереди. Вам напомнят заранее.',
  save: 'Пообещать звонок',
  made: 'Клиенту позвонят {{time}}.',
}

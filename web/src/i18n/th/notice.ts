/** What an agent sees of notices. */
export const notice = {
  mine: 'ประกาศ',
  mineOpen_other: 'ประกาศ: ยังไม่อ่าน {{count}} เรื่อง',
  none: 'ไม่มีประกาศถึงคุณ',
  came: 'ประกาศใหม่: {{title}}',
  askLabel: 'ประกาศที่ต้องยืนยัน',
  by: 'โดย {{who}} {{time}}',
  until: 'ถึง {{time}}',
  confirm: 'อ่านแล้ว ขอยืนยัน',
  read: 'อ่านแล้ว',
  later: 'ภายหลัง',
  confirmedAt: 'ยืนยันเมื่อ {{time}}',
  readAt: 'อ่านเมื่อ {{time}}',
  importances: {
    read: 'ให้อ่าน',
    confirm: 'ให้ยืนยัน',
    block: 'ต้องยืนยันก่อนพร้อมรับสาย',
  },
}

/** What is to be done before one can become available, by the codes of the server. */
export const hinders = {
  phone_check: 'ตรวจสอบโทรศัพท์',
  checklist: 'ติ๊กรายการตรวจโต๊ะทำงาน',
  notice: 'ยืนยันประกาศ “{{name}}” ก่อน',
}

/** The dialog at the desk that promises a customer a call. */
export const callLater = {
  open: 'โทรกลับภายหลัง …',
  title: 'โทรหาลูกค้าภายหลัง',
  at: 'เมื่อไร',
  atHint: 'ตามเวลาของศูนย์ ({{zone}})',
  note: 'เรื่องอะไร',
  own: 'ของฉันเอง',
  ownHint: 'ถึงเวลาจะเสนอให้คุณก่อน ถ้าคุณไม่อยู่หรือผ่านไปสักพักจะเสนอให้ทุกคนในคิว และจะเตือนคุณล่วงหน้า',
  save: 'รับปากว่าจะโทร',
  made: 'จะโทรหาลูกค้า {{time}}',
}

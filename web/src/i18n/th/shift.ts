/** What is asked of an agent before a shift. */
export const shift = {
  title: 'ก่อนเข้ากะ',
  arrived: 'คุณมาถึงเวลา {{time}}',
  planned: 'ตามแผน {{time}}',
  credited: 'นับตั้งแต่ {{time}}',
  allowed: '{{by}} อนุญาตให้คุณทำงานได้: {{note}}',
  check: 'ตรวจสอบโทรศัพท์',
  checked: 'ตรวจสอบโทรศัพท์แล้ว',
  unchecked: 'ยังไม่ได้ตรวจสอบโทรศัพท์',
  checkFailed: 'การตรวจสอบโทรศัพท์ไม่ผ่าน',
  list: { start: 'โต๊ะทำงานของฉันตอนเริ่มกะ', end: 'โต๊ะทำงานของฉันตอนเลิกกะ' },
  lack: { phone_check: 'ตรวจสอบโทรศัพท์', checklist: 'รายการตรวจ', notice: 'ประกาศ' },
  spotGood: '{{by}} ตรวจโต๊ะทำงานแล้วเรียบร้อย {{time}}',
  spotBad: '{{by}} พบสิ่งที่ต้องแก้ที่โต๊ะทำงาน {{time}}',
  blocked: 'พร้อมรับสายได้เมื่อทำครบแล้ว หากทำไม่ได้ ให้ติดต่อหัวหน้า',
  ready: 'ไม่มีอะไรติดขัด พร้อมรับสายได้',
  offline: 'เลิกงาน',
}

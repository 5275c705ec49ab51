/** What set-up says of skills and of how queues choose. */
export const routing = {
  skill: 'ทักษะ',
  skills: 'ทักษะ',
  level: 'ระดับ 1 ถึง 10',
  skillsHint: 'เว้นว่าง: ไม่มีทักษะนี้ พิมพ์ระดับ แล้วกด Enter ไปช่องถัดไป หรือ Shift+Enter ย้อนกลับ',
  noSkills: 'ยังไม่มีทักษะ สร้างได้ที่หัวข้อ “ทักษะ”',
  keyHint: 'ชื่อสั้นในไฟล์ของศูนย์และในโฟลว์ ถ้าเป็นรหัสภาษา (en, ru, th) ทักษะนี้คือภาษานั้น',
}

// Canned data of the mock: see mock.mjs.
const now = Date.now()
const min = 60_000
const names = (en, ru, th) => ({ en, ru, th })

export const people = [
  { id: 'u1', login: 'anna', name: 'Anna Petrova', role: 'agent', language: 'en', phone: 'browser' },
  { id: 'u2', login: 'somchai', name: 'สมชาย ใจดี', role: 'agent', language: 'th', phone: 'browser' },
  { id: 'u3', login: 'olga', name: 'Ольга Смирнова', role: 'supervisor', language: 'ru', phone: 'browser' },
  { id: 'u4', login: 'admin', name: 'Admin', role: 'administrator', language: 'en', phone: 'browser' },
  { id: 'u5', login: 'quality', name: 'Quentin Checker', role: 'quality', language: 'en', phone: 'browser' },
]
for (const p of people) p.language = process.env.LANGUAGE_OF_ALL ?? p.language

const agent = ['work_calls', 'see_own_day', 'see_customers', 'change_customers']
const supervisor = [
  ...agent,
  'see_live',
  'monitor',
  'set_others_status',
  'see_interactions',
  'listen_recordings',
  'see_reports',
  'see_setup',
]
export const permissions = {
  agent,
  supervisor,
  quality: ['see_live', 'see_interactions', 'listen_recordings', 'see_reports', 'see_customers'],
  administrator: [...supervisor, 'change_setup', 'manage_access', 'see_audit'],
}

export const queueViews = (at) => [
  {
    queue: 'q1',
    name: 'Sales',
    project: 'Internet provider',
    waiting: 3,
    longest_since: at - 47_000,
    target_ms: 20_000,
    target_share: 0.8,
    offered: 214,
    answered: 196,
    in_time: 171,
    abandoned: 12,
    short: 6,
    agents: 6,
    available: 1,
  },
  {
    queue: 'q2',
    name: 'Техническая поддержка',
    project: 'Internet provider',
    waiting: 1,
    longest_since: at - 16_500,
    target_ms: 20_000,
    target_share: 0.8,
    offered: 402,
    answered: 371,
    in_time: 290,
    abandoned: 26,
    short: 5,
    agents: 9,
    available: 0,
  },
  {
    queue: 'q3',
    name: 'แท็กซี่สนามบิน',
    project: 'Taxi',
    waiting: 2,
    longest_since: at - 6_000,
    target_ms: 30_000,
    target_share: 0.9,
    offered: 88,
    answered: 86,
    in_time: 84,
    abandoned: 1,
    short: 1,
    agents: 3,
    available: 2,
  },
  {
    queue: 'q4',
    name: 'Complaints',
    project: 'Bank',
    waiting: 0,
    longest_since: 0,
    target_ms: 30_000,
    target_share: 0.8,
    offered: 0,
    answered: 0,
    in_time: 0,
    abandoned: 0,
    short: 0,
    agents: 1,
    available: 1,
  },
]

export const agentViews = (at) =>
  [
    ['u1', 'Anna Petrova', 'available', '', 'talking', 221],
    ['u2', 'สมชาย ใจดี', 'available', '', 'wrapping_up', 35],
    ['u6', 'Борис Кузнецов', 'break', 'lunch', 'idle', 1840],
    ['u7', 'Chai Wattana', 'available', '', 'offered', 6],
    ['u8', 'Дарья Волкова', 'available', '', 'idle', 95],
    ['u9', 'Ed Brown', 'break', 'missed', 'idle', 140],
    ['u10', 'Fon Srisuk', 'offline', 'signed_out', 'idle', 8000],
    ['u11', 'Галина Орлова', 'available', '', 'interrupted', 8],
  ].map(([agent, name, status, reason, activity, s]) => ({
    agent,
    name,
    status,
    reason,
    status_since: at - s * 1000,
    activity,
    activity_since: at - s * 1000,
    interaction: activity === 'talking' || activity === 'interrupted' ? 'i000' : '',
    queues: ['q1'],
  }))

const outcomes = [
  'answered',
  'answered',
  'answered',
  'abandoned',
  'answered',
  'short_abandon',
  'answered',
  'not_queued',
  'answered',
  'lost',
]
const customers = [
  ['c1', 'Мария Иванова', '+79161234545'],
  ['', '', '+66812345678'],
  ['c3', 'John Smith', '+442071234567'],
  ['c4', 'นภา แก้วใส', '+66898765432'],
  ['', '', ''],
]
export const interactions = Array.from({ length: 73 }, (_, n) => {
  const outcome = n === 0 ? 'open' : outcomes[n % outcomes.length]
  const [cid, cname, number] = customers[n % customers.length]
  const at = now - n * 7 * min - 60_000
  const answered = outcome === 'answered' || outcome === 'open'
  return {
    id: `i${String(n).padStart(3, '0')}`,
    channel: 'voice',
    origin: 'inbound',
    phase: n === 0 ? 'connected' : 'done',
    outcome,
    customer_address: number,
    center_address: '+74951234567',
    customer_id: cid,
    customer_name: cname,
    entry_id: 'e1',
    entry_name: 'Main number',
    trunk_id: 't1',
    trunk_name: 'Carrier A',
    project_id: 'p1',
    project_name: 'Internet provider',
    queue_id: outcome === 'not_queued' ? '' : n % 3 ? 'q1' : 'q2',
    queue_name: outcome === 'not_queued' ? '' : n % 3 ? 'Sales' : 'Техническая поддержка',
    agent_id: answered ? 'u1' : '',
    agent_name: answered ? (n % 2 ? 'Anna Petrova' : 'สมชาย ใจดี') : '',
    language: 'ru',
    arrived_ms: at,
    queued_ms: outcome === 'not_queued' ? 0 : at + 12_000,
    answered_ms: answered ? at + 25_000 : 0,
    left_ms: at + 200_000,
    ended_ms: n === 0 ? 0 : at + 240_000,
    wait_ms: 13_000 + n * 300,
    talk_ms: answered ? 175_000 + n * 1000 : 0,
    hold_ms: 0,
    wrap_up_ms: answered ? 40_000 : 0,
    cause: n === 0 ? '' : n % 4 ? 'customer' : 'agent',
    cause_detail: '',
    disposition_id: answered ? 'd11' : '',
    disposition: answered && n !== 0 ? names('Tariff sold', 'Тариф продан', 'ขายแพ็กเกจแล้ว') : {},
    note: n % 3 === 0 && answered ? 'Refused "Fast 500": price. Call back on Monday.\nTechnician today 14–16.' : '',
    recording: answered ? (n === 0 ? 'running' : 'complete') : '',
  }
})

export const detail = (i) => ({
  ...i,
  segments:
    i.queue_id === ''
      ? []
      : [
          {
            seq: 1,
            queue_id: i.queue_id,
            queue_name: i.queue_name,
            agent_id: i.agent_id,
            agent_name: i.agent_name,
            queued_ms: i.queued_ms,
            answered_ms: i.answered_ms,
            left_ms: i.left_ms,
            ended_ms: i.ended_ms,
            outcome: i.outcome === 'open' ? '' : i.outcome,
            in_time: true,
            talk_ms: i.talk_ms,
            hold_ms: 0,
            wrap_up_ms: i.wrap_up_ms,
            missed: 1,
          },
        ],
  offers: [],
  recordings:
    i.recording === ''
      ? []
      : [
          {
            id: 'r1',
            state: i.recording,
            codec: 'PCMA',
            started_ms: i.answered_ms,
            ended_ms: i.left_ms,
            bytes: 123456,
            detail: '',
          },
        ],
  may_listen: true,
})

const ev = (seq, s, kind, body = {}) => ({
  seq,
  at_ms: now - 400_000 + s * 1000,
  kind,
  body,
  names: {
    u1: 'Anna Petrova',
    u7: 'Chai Wattana',
    q1: 'Sales',
    d11: '{"en":"Tariff sold","ru":"Тариф продан","th":"ขายแพ็กเกจแล้ว"}',
  },
})
export const events = [
  ev(1, 0, 'arrived', { arrival: { customer_address: '+79161234545', center_address: '+74951234567' } }),
  ev(2, 1, 'flow_step', { node: 'welcome', what: 'played', text: 'welcome' }),
  ev(3, 6, 'flow_step', { node: 'menu', what: 'invalid', text: '7' }),
  ev(4, 9, 'flow_step', { node: 'menu', what: 'chose', text: '1' }),
  ev(5, 10, 'queued', { rules: { queue: 'q1' } }),
  ev(6, 11, 'offered', { agent: 'u7' }),
  ev(7, 31, 'missed', { agent: 'u7', outcome: 'timed_out' }),
  ev(8, 32, 'offered', { agent: 'u1' }),
  ev(9, 36, 'accepted', { agent: 'u1' }),
  ev(10, 36, 'connected', { agent: 'u1' }),
  ev(11, 36, 'recording', { state: 'running' }),
  ev(12, 80, 'muted', { on: true }),
  ev(13, 85, 'muted', { on: false }),
  ev(14, 120, 'digits_sent', { count: 3 }),
  ev(30, 121, 'held', { party: 'customer', on: true, by: 'u1' }),
  ev(31, 122, 'party_asked', {
    party: { id: 'p1', kind: 'agent', user: 'u2', by: 'u1', side: true, state: 'seeking' },
  }),
  ev(32, 123, 'party_moved', { party: 'p1', state: 'up', user: 'u2' }),
  ev(33, 130, 'merged', { by: 'u1' }),
  ev(34, 132, 'recording_paused', { by: 'u1', why: 'card' }),
  ev(35, 133, 'recording_resumed', {}),
  ev(36, 140, 'handed_over', { from: 'u1', to: 'u2', party: 'p1', why: 'left' }),
  ev(37, 141, 'parked', { by: 'u2' }),
  ev(38, 142, 'picked_up', { agent: 'u1' }),
  ev(15, 150, 'interrupted', { agent: 'u1' }),
  ev(16, 155, 'resumed', { agent: 'u1' }),
  ev(17, 230, 'customer_left', { cause: 'customer' }),
  ev(18, 230, 'recording', { state: 'complete' }),
  ev(19, 230, 'wrap_up'),
  ev(20, 262, 'disposed', { disposition: 'd11', note: 'Refused "Fast 500": price.' }),
  ev(21, 262, 'ended', { cause: 'customer' }),
  ev(22, 263, 'moon_landed'),
]

export const peaks = (points) => ({
  duration_ms: 194_000,
  left: Array.from({ length: points }, (_, i) =>
    Math.floor(i / 37) % 2 ? 0.02 : 0.2 + 0.6 * Math.abs(Math.sin(i * 1.7) * Math.sin(i / 9)),
  ),
  right: Array.from({ length: points }, (_, i) =>
    Math.floor(i / 37) % 2 ? 0.2 + 0.5 * Math.abs(Math.sin(i * 2.3) * Math.sin(i / 11)) : 0.02,
  ),
})

export const customer = {
  id: 'c1',
  name: 'Мария Иванова',
  note: 'Internet, 2 years. VIP. Prefers evening calls.',
  numbers: ['+79161234545'],
  created_ms: now - 9e9,
}

const metric = (key, unit, by, n, f) => ({ key, name_key: key, names: n, formula: f, unit, better: 'neither', by })
const all = ['queue', 'agent', 'hour', 'day']
export const metrics = [
  metric(
    'offered',
    'count',
    ['queue', 'hour', 'day'],
    names('Offered', 'Поступило', 'เข้าคิว'),
    names(
      'Interactions that began to wait in the time.',
      'Обращения, начавшие ждать за это время.',
      'การติดต่อที่เริ่มรอในช่วงเวลา',
    ),
  ),
  metric(
    'answered',
    'count',
    all,
    names('Answered', 'Принято', 'รับแล้ว'),
    names('Connected to an agent.', 'Соединены с оператором.', 'ต่อถึงเจ้าหน้าที่'),
  ),
  metric(
    'abandoned',
    'count',
    ['queue', 'hour', 'day'],
    names('Abandoned', 'Не дождались', 'วางสายก่อนรับ'),
    names(
      'The customer left while waiting, after the short-abandon limit.',
      'Клиент ушёл из ожидания после предела короткого отказа.',
      'ลูกค้าวางสายขณะรอหลังเกณฑ์วางสายทันที',
    ),
  ),
  metric(
    'short_abandons',
    'count',
    ['queue', 'hour', 'day'],
    names('Short abandons', 'Короткие отказы', 'วางสายทันที'),
    names('Left before that limit.', 'Ушли раньше предела.', 'วางสายก่อนเกณฑ์'),
  ),
  metric(
    'service_level',
    'share',
    ['queue', 'hour', 'day'],
    names('Service level', 'Уровень обслуживания', 'ระดับบริการ'),
    names(
      'Answered in time ÷ (offered − short abandons).',
      'Принято вовремя ÷ (поступило − короткие отказы).',
      'รับทันเวลา ÷ (เข้าคิว − วางสายทันที)',
    ),
  ),
  metric(
    'speed_of_answer',
    'ms',
    all,
    names('Speed of answer', 'Скорость ответа', 'ความเร็วในการรับ'),
    names('Mean wait of the answered.', 'Среднее ожидание принятых.', 'เวลารอเฉลี่ยของสายที่รับ'),
  ),
  metric(
    'handle_time',
    'ms',
    all,
    names('Handle time', 'Время обработки', 'เวลาจัดการ'),
    names(
      'Mean of talk + hold + wrap-up.',
      'Среднее разговор + удержание + постобработка.',
      'ค่าเฉลี่ยของคุย + พักสาย + งานหลังสาย',
    ),
  ),
  metric(
    'missed',
    'count',
    all,
    names('Missed', 'Пропущено', 'ไม่ได้รับ'),
    names('Offers declined or timed out.', 'Отклонённые и неотвеченные предложения.', 'สายที่ไม่รับหรือหมดเวลา'),
  ),
]

export function summary(q) {
  const by = q.get('by') ?? 'queue'
  const from = Number(q.get('from'))
  const keys =
    by === 'queue'
      ? [
          ['q1', 'Sales'],
          ['q2', 'Техническая поддержка'],
          ['q3', 'แท็กซี่สนามบิน'],
        ]
      : by === 'agent'
        ? people.slice(0, 2).map((p) => [p.id, p.name])
        : by === 'hour'
          ? Array.from({ length: 12 }, (_, i) => [String(from + (8 + i) * 3_600_000), ''])
          : Array.from({ length: 7 }, (_, i) => [String(from + i * 86_400_000), ''])
  const cells = (n, filter) =>
    metrics.map((m, i) => ({
      metric: m.key,
      value: m.by.includes(by)
        ? m.unit === 'share'
          ? 0.62 + (n % 4) * 0.09
          : m.unit === 'ms'
            ? 12_000 * (i + 1) + n * 900
            : Math.round((40 - i * 4 + n * 7) * Math.abs(Math.sin(n + 1)) + 3)
        : null,
      filter: m.unit === 'count' ? { ...filter, at: 'queued', from: String(from) } : {},
    }))
  const rows = keys.map(([key, name], n) => ({
    key,
    name,
    from_ms: by === 'hour' || by === 'day' ? Number(key) : 0,
    to_ms: 0,
    cells: cells(n, by === 'queue' ? { queue: key } : {}),
  }))
  return {
    from,
    to: Number(q.get('to')),
    by,
    time_zone: 'Europe/Moscow',
    metrics: metrics.map((m) => m.key),
    rows,
    total: { key: '', name: '', from_ms: 0, to_ms: 0, cells: cells(9, {}) },
  }
}

export const setUp = {
  users: people.map((p) => ({
    ...p,
    phone_uri: '',
    auto_answer: false,
    disabled: p.login === 'quality',
    has_password: true,
    queues: p.role === 'agent' ? ['q1', 'q2'] : [],
    created_ms: now,
  })),
  queues: [
    ['q1', 'sales', 'Sales'],
    ['q2', 'support', 'Техническая поддержка'],
    ['q3', 'taxi', 'แท็กซี่สนามบิน'],
  ].map(([id, key, name]) => ({
    id,
    key,
    name,
    project_id: 'p1',
    target_ms: 20_000,
    target_percent: 80,
    short_abandon_ms: 5000,
    offer_ms: 20_000,
    wrap_up_ms: 60_000,
    disposition_required: true,
    recording: true,
    waiting_flow_id: '',
    agents: ['u1', 'u2'],
  })),
  entries: [
    {
      id: 'e1',
      key: 'main',
      name: 'Main number',
      number: '+74951234567',
      project_id: 'p1',
      flow_id: 'f1',
      hours_id: '',
      language: 'ru',
    },
  ],
  trunks: [
    {
      id: 't1',
      key: 'carrier-a',
      name: 'Carrier A',
      addresses: ['192.0.2.10', '198.51.100.0/24'],
      nat: false,
      codecs: ['PCMA', 'PCMU'],
      max_calls: 30,
    },
  ],
  projects: [
    { id: 'p1', key: 'isp', name: 'Internet provider', recording_days: 365, recording_format: 'opus' },
    { id: 'p2', key: 'taxi', name: 'Taxi', recording_format: 'wav' },
  ],
  hours: [
    {
      id: 'h1',
      key: 'office',
      name: 'Office hours',
      time_zone: 'Europe/Moscow',
      week: { mon: ['09:00-13:00', '14:00-18:00'], tue: ['09:00-18:00'], sat: ['22:00-06:00'] },
      holidays: [
        { date: '2026-12-31', name: 'Year end', open: ['09:00-12:00'] },
        { date: '2027-01-01', name: 'New Year', open: [] },
      ],
      closed: true,
      closed_by: 'u1',
      closed_ms: Date.now() - 600_000,
    },
  ],
  flows: [{ id: 'f1', key: 'main', name: 'Main menu', version: 3, program: {} }],
  prompts: [
    {
      id: 'm1',
      key: 'welcome',
      name: 'Welcome',
      texts: names('Welcome to our center.', 'Добро пожаловать.', 'ยินดีต้อนรับ'),
      audio: {},
    },
  ],
  dispositions: [
    ['d1', 'sale', '', names('Sale', 'Продажа', 'การขาย')],
    ['d11', 'sold', 'd1', names('Tariff sold', 'Тариф продан', 'ขายแพ็กเกจแล้ว')],
    ['d12', 'refused', 'd1', names('Refused: price', 'Отказ: цена', 'ปฏิเสธเพราะราคา')],
    ['d2', 'help', '', names('Technical help', 'Техническая помощь', 'ช่วยเหลือด้านเทคนิค')],
    ['d21', 'solved', 'd2', names('Solved', 'Решено', 'แก้ไขแล้ว')],
    ['d22', 'visit', 'd2', names('Technician ordered', 'Вызван мастер', 'นัดช่างแล้ว')],
    ['d3', 'mistake', '', names('Wrong number', 'Ошиблись номером', 'โทรผิด')],
  ].map(([id, key, parent_id, n], position) => ({
    id,
    key,
    project_id: 'p1',
    parent_id,
    names: n,
    success: id === 'd11',
    position,
  })),
  'break-reasons': [
    ['b1', 'lunch', names('Lunch', 'Обед', 'อาหารกลางวัน'), 45 * min],
    ['b2', 'coffee', names('Short break', 'Короткий перерыв', 'พักสั้น'), 10 * min],
    ['b3', 'training', names('Training', 'Обучение', 'ฝึกอบรม'), 0],
  ].map(([id, key, n, limit_ms], position) => ({ id, key, names: n, limit_ms, position })),
}

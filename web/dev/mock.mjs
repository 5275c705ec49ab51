// A stand-in for the server while screens are made: canned data, the routes and the socket, no rules.
// Never shipped. Usage: node dev/mock.mjs [PORT]; POST /dev/scenario {"scene":"offer"} moves the desk.
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { WebSocketServer } from 'ws'
import * as data from './data.mjs'

const port = Number(process.argv[2] ?? 8099)
const dist = process.env.DIST ?? fileURLToPath(new URL('../dist', import.meta.url))
const state = {
  scene: 'idle',
  status: 'available',
  reason: '',
  since: Date.now() - 252_000,
  muted: false,
  empty: false,
  checkValid: true,
  note: '',
  disposition: '',
  wrapExtended: 0,
  sceneSince: Date.now(),
}
const sockets = new Set()
const types = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.html': 'text/html; charset=utf-8',
}
const problem = (status, code, detail, fields = []) => ({ status, body: { status, title: code, code, detail, fields } })

function me(login) {
  const p = data.people.find((x) => x.login === login)
  if (p === undefined) return null
  return {
    user: { ...p, language: state.language ?? p.language },
    permissions: data.permissions[p.role],
    tenant: { name: 'Demo center', time_zone: 'Europe/Moscow', language: 'en' },
    version: 'mock',
    demo: true,
  }
}

function agentView(login) {
  const p = data.people.find((x) => x.login === login)
  const activity =
    { idle: 'idle', offer: 'offered', asked: 'offered', interrupted: 'interrupted', wrap: 'wrapping_up' }[
      state.scene
    ] ?? (p.role === 'supervisor' ? 'monitoring' : 'talking')
  return {
    agent: p.id,
    name: p.name,
    status: state.status,
    reason: state.reason,
    status_since: state.since,
    activity,
    activity_since: state.sceneSince,
    interaction: '',
    queues: p.role === 'agent' ? ['q1', 'q2'] : [],
  }
}

const party = (id, more) => ({
  party: id,
  kind: 'agent',
  user: 'u2',
  name: 'สมชาย ใจดี',
  address: '',
  queue_name: '',
  state: 'up',
  since: state.sceneSince,
  mode: '',
  side: false,
  held: false,
  muted: false,
  mine: false,
  by: 'Anna Petrova',
  ...more,
})

/** What is special in each scene of call control. */
const scenes = {
  offer: () => ({ phase: 'offered' }),
  talk: () => ({ phase: 'connected' }),
  guarded: () => ({ phase: 'connected', hang_up_from: state.sceneSince + 15_000, hang_up_reason: true }),
  reason: () => ({ phase: 'connected', hang_up_reason: true }),
  hold: () => ({ phase: 'connected', held: true, on_hold: true }),
  paused: () => ({
    phase: 'connected',
    recording_paused: 'card',
    recording_paused_until: state.sceneSince + 272_000,
    record_on_demand: true,
  }),
  asking: () => ({
    phase: 'connected',
    side: true,
    on_hold: true,
    parties: [party('p1', { state: 'ringing', side: true, since: Date.now() - 12_000 })],
  }),
  private: () => ({ phase: 'connected', side: true, on_hold: true, parties: [party('p1', { side: true })] }),
  conference: () => ({
    phase: 'connected',
    parties: [
      party('p1'),
      party('p2', { kind: 'outside', user: '', name: '', address: '+74957654321', muted: true }),
      party('p3', { kind: 'supervisor', user: 'u3', name: 'Ольга Смирнова', mode: 'whisper' }),
    ],
  }),
  asked: () => ({
    phase: 'offered',
    part: 'party',
    parties: [party('p1', { mine: true, state: 'ringing', side: true, by: 'Борис Кузнецов' })],
    agent: 'u6',
    agent_name: 'Борис Кузнецов',
    offer_until: Date.now() + 14_000,
    phase_since: Date.now() - 6000,
  }),
  party: () => ({
    phase: 'connected',
    part: 'party',
    agent: 'u6',
    agent_name: 'Борис Кузнецов',
    parties: [party('p1', { user: 'u1', name: 'Anna Petrova', mine: true })],
  }),
  monitor: () => ({
    phase: 'connected',
    part: 'monitor',
    parties: [party('p1', { kind: 'supervisor', user: 'u3', name: 'Ольга Смирнова', mode: 'whisper', mine: true })],
  }),
  interrupted: () => ({ phase: 'interrupted' }),
  wrap: () => ({ phase: 'wrapping_up' }),
}

function work() {
  const now = Date.now()
  const special = scenes[state.scene]?.()
  if (special === undefined) return []
  const late = special.phase !== 'offered'
  const one = {
    interaction: 'i000',
    channel: 'voice',
    customer_address: '+79161234545',
    customer: 'c1',
    customer_name: 'Мария Иванова',
    center_address: '+74951234567',
    entry_name: 'Main number',
    project: 'p1',
    project_name: 'Internet provider',
    queue: 'q1',
    queue_name: 'Sales',
    language: 'ru',
    arrived: now - 60_000,
    queued: now - 42_000,
    offer_until: now + 14_000,
    answered: late ? state.sceneSince - 221_000 : 0,
    phase_since: late ? state.sceneSince : now - 6000,
    wrap_until: state.scene === 'wrap' ? now + 38_000 : 0,
    wrap_extended: state.wrapExtended,
    muted: state.muted,
    codec: 'PCMA',
    disposition_required: true,
    disposition: state.disposition,
    note: state.note,
    recording: late && state.scene !== 'wrap' ? 'running' : '',
    part: 'agent',
    agent: 'u1',
    agent_name: 'Anna Petrova',
    agent_held: false,
    held: false,
    on_hold: false,
    customer_muted: false,
    side: false,
    parties: [],
    talk_ms: 200_000,
    hold_ms: 21_000,
    counted_at: state.sceneSince,
    recording_paused: '',
    recording_paused_until: 0,
    record_on_demand: false,
    secret: false,
    hang_up_from: 0,
    hang_up_reason: false,
    ...special,
  }
  if (state.scene !== 'hold') return [one]
  const other = {
    ...one,
    interaction: 'i001',
    customer: 'c3',
    customer_name: 'John Smith',
    held: true,
    answered: now - 400_000,
  }
  return [one, other]
}

/** Who sees work in the scene: the monitor's is the supervisor's. */
const mine = (login) =>
  (data.people.find((x) => x.login === login)?.role === 'supervisor') === (state.scene === 'monitor') ? work() : []

function parked() {
  const now = Date.now()
  if (state.empty || state.scene !== 'parked') return []
  const one = (interaction, name, s, alarm) => ({
    interaction,
    customer_address: '+66812345678',
    customer_name: name,
    queue: 'q1',
    queue_name: 'Sales',
    by: 'u2',
    by_name: 'สมชาย ใจดี',
    since: now - s * 1000,
    until: now + 60_000,
    alarm,
  })
  return [one('i010', 'John Smith', 135, true), one('i011', '', 41, false)]
}

function queues() {
  const now = Date.now()
  return state.empty ? [] : data.queueViews(now)
}

function hello(login) {
  const p = data.people.find((x) => x.login === login)
  return {
    kind: 'hello',
    hello: {
      now: Date.now(),
      user: p.id,
      name: p.name,
      role: p.role,
      phone: 'browser',
      auto_answer: false,
      check_valid: state.checkValid,
      version: 'mock',
      me: agentView(login),
      may_monitor: p.role === 'supervisor' || p.role === 'administrator',
      work: mine(login),
      day: { calls: 23, talk_ms: 5_412_000, wrap_up_ms: 1_104_000, missed: 1 },
    },
  }
}

function tell(ws, change) {
  ws.send(JSON.stringify(change))
}

function greet(ws) {
  tell(ws, hello(ws.login))
  tell(ws, { kind: 'queues', queues: queues() })
  tell(ws, { kind: 'parked', parked: parked() })
}

const targets = () => ({
  agents: [
    { id: 'u2', name: 'สมชาย ใจดี', detail: 'available', free: true },
    { id: 'u6', name: 'Борис Кузнецов', detail: 'break' },
    { id: 'u7', name: 'Chai Wattana', detail: 'available' },
    { id: 'u8', name: 'Дарья Волкова', detail: 'available', free: true },
  ],
  queues: data.queueViews(Date.now()).map((q) => ({ id: q.queue, name: q.name, detail: q.project })),
  entries: [{ id: 'e1', name: 'Main number', detail: '+74951234567' }],
})

/** Which scene a command of call control leads to. */
const next = {
  consult: (c) => (c.on ? 'conference' : 'asking'),
  hold: (c) => (c.on ? 'hold' : 'talk'),
  swap: () => 'private',
  merge: () => 'conference',
  leave: () => 'idle',
  drop_party: () => 'talk',
  transfer: () => 'idle',
  park: () => 'parked',
  pick_up: () => 'talk',
  record: (c) => (c.on ? 'talk' : 'paused'),
  pause_recording: (c) => (c.on ? 'paused' : 'talk'),
  monitor: () => 'monitor',
  monitor_end: () => 'idle',
  take_over: () => 'talk',
}

function command(ws, c) {
  const reply = (more = {}) => tell(ws, { kind: 'reply', reply: { id: c.id, ...more } })
  switch (c.kind) {
    case 'set_status':
      if (c.status === 'break' && c.reason === 'refused') return reply({ error: { code: 'conflict', message: 'no' } })
      Object.assign(state, { status: c.status, reason: c.reason ?? '', since: Date.now() })
      tell(ws, { kind: 'me', me: agentView(ws.login) })
      return reply()
    case 'accept':
      scene('talk')
      return reply()
    case 'decline':
      scene('idle')
      return reply()
    case 'hang_up':
      scene('wrap')
      return reply()
    case 'targets':
      return reply({ targets: targets() })
    case 'mute':
      state.muted = c.on === true
      tell(ws, { kind: 'work', work: work()[0] })
      return reply()
    case 'save_draft':
      Object.assign(state, { note: c.note ?? '', disposition: c.disposition ?? '' })
      tell(ws, { kind: 'work', work: work()[0] })
      return reply()
    case 'extend_wrap_up':
      state.wrapExtended++
      tell(ws, { kind: 'work', work: work()[0] })
      return reply()
    case 'finish':
      scene('idle')
      return reply()
    case 'check_phone':
    case 'connect_phone':
      return reply({ error: { code: 'unavailable', message: 'the mock has no audio' } })
    case 'watch_board':
      reply()
      tell(ws, { kind: 'queues', queues: queues() })
      return tell(ws, { kind: 'agents', agents: state.empty ? [] : data.agentViews(Date.now()) })
    default:
      if (c.kind in next) scene(next[c.kind](c))
      return reply()
  }
}

function scene(name) {
  const before = work()
  state.scene = name
  state.sceneSince = Date.now()
  if (name === 'idle' || name === 'offer')
    Object.assign(state, { note: '', disposition: '', muted: false, wrapExtended: 0 })
  for (const ws of sockets) {
    const now = mine(ws.login)
    for (const w of before) {
      if (!now.some((n) => n.interaction === w.interaction))
        tell(ws, { kind: 'gone', gone: w.interaction, why: 'done' })
    }
    for (const w of now) tell(ws, { kind: 'work', work: w })
    tell(ws, { kind: 'parked', parked: parked() })
    tell(ws, { kind: 'me', me: agentView(ws.login) })
  }
}

function route(method, path, query, body, login) {
  const who = me(login)
  const page = (items) => ({ body: { items, next: '', total: items.length, total_more: false } })
  if (path === '/session' && method === 'GET')
    return who === null ? problem(401, 'denied', 'Nobody is signed in.') : { body: who }
  if (path === '/session' && method === 'POST') {
    if (body.login === 'slow') return { ...problem(429, 'busy', 'Too many tries.'), headers: { 'Retry-After': '42' } }
    return me(body.login) === null || body.password === 'wrong'
      ? problem(401, 'denied', 'Wrong login or password.')
      : { body: me(body.login), login: body.login }
  }
  if (path === '/session') return { status: 204, login: '' }
  if (path === '/demo')
    return state.empty
      ? problem(404, 'not_found', 'no demo')
      : {
          body: {
            people: data.people.filter((p) => p.login !== 'quality'),
            number: '+74951234567',
            dial: 'sip:100@127.0.0.1:5060',
          },
        }
  if (path === '/demo/session') return { body: me(body.login), login: body.login }
  if (path === '/setup')
    return body.password.length < 10
      ? problem(422, 'invalid', 'x', [{ path: 'body.password', rule: 'malformed', message: 'too short' }])
      : { body: me('admin'), login: 'admin' }
  if (who === null) return problem(401, 'denied', 'Nobody is signed in.')
  if (path === '/me') return { body: who }
  const [, kind, id, sub, sub2] = path.split('/')
  if (kind === 'interactions' && id === undefined) {
    const items = state.empty
      ? []
      : data.interactions.filter(
          (i) =>
            (!query.get('queue') || i.queue_id === query.get('queue')) &&
            (!query.get('outcome') || i.outcome === query.get('outcome')),
        )
    return {
      body: {
        items: items.slice(0, 50),
        next: items.length > 50 ? 'next' : '',
        total: items.length,
        total_more: false,
      },
    }
  }
  if (kind === 'interactions' && sub === 'events') return { body: { items: data.events } }
  if (kind === 'interactions' && sub2 === 'peaks') return { body: data.peaks(Number(query.get('points') ?? 600)) }
  if (kind === 'interactions' && sub === 'recording') return problem(404, 'not_found', 'none')
  if (kind === 'interactions') {
    const i = data.interactions.find((x) => x.id === id)
    return i === undefined ? problem(404, 'not_found', 'none') : { body: data.detail(i) }
  }
  if (kind === 'customers' && sub === 'interactions') return page(data.interactions.slice(2, 6))
  if (kind === 'customers') return { body: { ...data.customer, ...(method === 'PATCH' ? body : {}) } }
  if (kind === 'reports' && id === 'metrics') return { body: { items: data.metrics } }
  if (kind === 'reports') return { body: data.summary(query) }
  if (kind === 'directory') {
    const named = (list) => list.map(({ id: i, name }) => ({ id: i, name }))
    return {
      body: {
        agents: named(data.people),
        queues: named(data.setUp.queues),
        entries: named(data.setUp.entries),
        projects: named(data.setUp.projects),
      },
    }
  }
  if (kind in data.setUp) {
    const list = data.setUp[kind]
    if (method === 'GET' && id === undefined) return page(state.empty && kind !== 'users' ? [] : list)
    const at = list.findIndex((x) => x.id === id)
    if (method === 'GET') return at < 0 ? problem(404, 'not_found', 'none') : { body: list[at] }
    if (method === 'DELETE') {
      list.splice(at, 1)
      return { status: 204 }
    }
    if (body.key === 'taken' || body.login === 'taken')
      return problem(422, 'invalid', 'Some fields are not right.', [
        { path: body.key ? 'body.key' : 'body.login', rule: 'taken', message: 'taken' },
      ])
    if (body.name === '')
      return problem(422, 'invalid', 'x', [
        { path: 'body.name', rule: 'required', message: 'x' },
        { path: 'body.agents[0]', rule: 'unknown', message: 'x' },
      ])
    const kept = { id: id ?? `n${Date.now()}`, queues: [], has_password: true, ...body }
    if (at < 0) list.push(kept)
    else list[at] = kept
    return { status: at < 0 ? 201 : 200, body: kept }
  }
  return problem(404, 'not_found', path)
}

const server = createServer(async (req, res) => {
  const url = new URL(req.url, 'http://x')
  let text = ''
  for await (const chunk of req) text += chunk
  if (url.pathname === '/dev/scenario') {
    const { scene: s, ...rest } = JSON.parse(text)
    Object.assign(state, rest)
    if (s !== undefined) scene(s)
    if (rest.drop) for (const ws of sockets) ws.terminate()
    if (rest.notice)
      for (const ws of sockets)
        tell(ws, { kind: 'notice', notice: { level: 'warning', code: rest.notice, text: rest.notice } })
    return res.end('ok')
  }
  if (url.pathname.startsWith('/api/v1')) {
    const login = /lk=([a-z]+)/.exec(req.headers.cookie ?? '')?.[1] ?? ''
    const a = route(req.method, url.pathname.slice(7), url.searchParams, text === '' ? {} : JSON.parse(text), login)
    const headers = { 'Content-Type': 'application/json', ...a.headers }
    if (a.login !== undefined) headers['Set-Cookie'] = `lk=${a.login}; Path=/; HttpOnly`
    res.writeHead(a.status ?? 200, headers)
    return res.end(a.body === undefined ? '' : JSON.stringify(a.body))
  }
  const file = `${dist}${url.pathname}`
  if (extname(file) !== '' && existsSync(file)) {
    res.writeHead(200, { 'Content-Type': types[extname(file)] ?? 'application/octet-stream' })
    return res.end(readFileSync(file))
  }
  // The policy of web/serve.go.
  res.writeHead(200, {
    'Content-Type': types['.html'],
    'Content-Security-Policy':
      "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-abc'; img-src 'self' data:; font-src 'self'; media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  })
  res.end(readFileSync(`${dist}/index.html`, 'utf8').replaceAll('__CSP_NONCE__', 'abc'))
})
const wss = new WebSocketServer({ noServer: true })
server.on('upgrade', (req, socket, head) => {
  if (state.down) return socket.destroy()
  wss.handleUpgrade(req, socket, head, (ws) => {
    ws.login = /lk=([a-z]+)/.exec(req.headers.cookie ?? '')?.[1] ?? 'anna'
    sockets.add(ws)
    ws.on('close', () => sockets.delete(ws))
    ws.on('message', (m) => command(ws, JSON.parse(m)))
    greet(ws)
  })
})
server.listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}`))

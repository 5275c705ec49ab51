// A plug-in of Linekeeper that takes a payment promise: node example.mjs, with PORT and SECRET in the environment.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'

const { PORT = '8095', SECRET = '' } = process.env
const manifest = {
  contract: 1,
  kinds: [{
    kind: 'promise', label: { en: 'Promise to pay', ru: 'Обещание оплаты', th: 'สัญญาว่าจะจ่าย' }, talks: true,
    parameters: [{ name: 'due', type: 'number', required: true }], wants: ['call.number'],
    results: [{ name: 'days', type: 'number' }], branches: [{ name: 'promised' }],
  }],
}
const say = (q, texts) => texts[q.language] ?? texts.en
const ask = (q, before) => ({ do: [...before, { action: 'digits', most: 2, text: say(q, { en: 'In how many days will you pay?', ru: 'Через сколько дней вы заплатите?' }) }], state: 'days' })

function answer(q) {
  if (q.state === null)
    return { do: [{ action: 'menu', text: say(q, { en: `You owe ${q.parameters.due}. Will you pay? 1 yes, 2 no.`, ru: `Вы должны ${q.parameters.due}. Заплатите? 1 да, 2 нет.` }), choices: { 1: 'Yes', 2: 'No' } }], state: 'will' }
  if (q.state === 'will') return q.heard.key === '1' ? ask(q, []) : { do: [{ action: 'finish' }] }
  const days = Number(q.heard.digits ?? 0)
  if (days < 1 || days > 30) return ask(q, [{ action: 'say', text: say(q, { en: 'That is too late.', ru: 'Это слишком поздно.' }) }])
  return { do: [{ action: 'set', values: { days } }, { action: 'finish', branch: 'promised' }] }
}

function signed(header, body) {
  const [, at = '', mac = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header ?? '') ?? []
  const right = createHmac('sha256', SECRET).update(`${at}.${body}`).digest()
  return Math.abs(Date.now() / 1000 - Number(at)) < 300 && mac !== '' && timingSafeEqual(right, Buffer.from(mac, 'hex'))
}

createServer(async (request, response) => {
  const parts = []
  for await (const part of request) parts.push(part)
  const body = Buffer.concat(parts).toString()
  const good = SECRET === '' || signed(request.headers['linekeeper-signature'], body)
  const told = request.method === 'GET' ? manifest : good && answer(JSON.parse(body))
  response.writeHead(good ? 200 : 401, { 'content-type': 'application/json' }).end(JSON.stringify(told))
}).listen(Number(PORT), '127.0.0.1', function () { console.log(`listening on ${this.address().port}`) })

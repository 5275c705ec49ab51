// Expressions as rows of "variable – operator – value": what cannot be said so stays text.

export const operators = ['==', '!=', '<', '<=', '>', '>=', 'contains', 'startsWith', 'endsWith'] as const
export type Operator = (typeof operators)[number] | 'is' | 'not'

export interface Row {
  /** A variable, call.number, or queue("sales").waiting. */
  left: string
  /** is and not: the left is true or false by itself. */
  operator: Operator
  right: Value
}

/** A value written out, or a name. */
export interface Value {
  type: 'text' | 'number' | 'boolean' | 'name'
  value: string
}

export interface Condition {
  join: 'and' | 'or'
  rows: Row[]
}

interface Token {
  kind: 'text' | 'number' | 'name' | 'sign'
  value: string
}

const pattern =
  /\s*(?:("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(-?\d+(?:\.\d+)?)|([A-Za-z_][A-Za-z0-9_]*(?:\("[^"\\]*"\)|\('[^'\\]*'\)|\(\))?(?:\.[A-Za-z_][A-Za-z0-9_]*)*)|(==|!=|<=|>=|<|>|&&|\|\||!))/y

function unquote(s: string): string {
  const inside = s.slice(1, -1)
  return inside.replace(/\\(.)/g, (_, c: string) => ({ n: '\n', t: '\t', r: '\r' })[c] ?? c)
}

function tokens(text: string): Token[] | null {
  const all: Token[] = []
  pattern.lastIndex = 0
  const end = text.trimEnd().length
  while (pattern.lastIndex < end) {
    const m = pattern.exec(text)
    if (m === null) return null
    if (m[1] !== undefined) all.push({ kind: 'text', value: unquote(m[1]) })
    else if (m[2] !== undefined) all.push({ kind: 'number', value: m[2] })
    else if (m[3] !== undefined) all.push({ kind: 'name', value: m[3] })
    else all.push({ kind: 'sign', value: m[4] ?? '' })
  }
  return all
}

const words = new Set(['and', 'or', 'not', 'in', 'matches', 'nil', 'let', 'if', 'else', ...operators])

function valueIn(t: Token | undefined): Value | null {
  if (t === undefined || t.kind === 'sign') return null
  if (t.kind !== 'name') return { type: t.kind, value: t.value }
  if (t.value === 'true' || t.value === 'false') return { type: 'boolean', value: t.value }
  return words.has(t.value) ? null : { type: 'name', value: t.value }
}

function rowOf(part: Token[]): Row | null {
  const [first, second, third] = part
  const yes: Value = { type: 'boolean', value: 'true' }
  const negated = first?.value === 'not' || (first?.kind === 'sign' && first.value === '!')
  if (negated) {
    const left = valueIn(second)
    return part.length === 2 && left?.type === 'name' ? { left: left.value, operator: 'not', right: yes } : null
  }
  const left = valueIn(first)
  if (left?.type !== 'name') return null
  if (part.length === 1) return { left: left.value, operator: 'is', right: yes }
  const operator = operators.find((o) => o === second?.value && second.kind !== 'text')
  const right = valueIn(third)
  if (part.length !== 3 || operator === undefined || right === null) return null
  if (right.type === 'boolean' && operator === '==')
    return { left: left.value, operator: right.value === 'true' ? 'is' : 'not', right: yes }
  return { left: left.value, operator, right }
}

/** Reads a condition as rows; null: it says more than rows can. */
export function parseCondition(text: string): Condition | null {
  if (text.trim() === '') return { join: 'and', rows: [] }
  const all = tokens(text)
  if (all === null) return null
  const parts: Token[][] = [[]]
  const joins = new Set<'and' | 'or'>()
  for (const t of all) {
    const and = (t.kind === 'name' && t.value === 'and') || (t.kind === 'sign' && t.value === '&&')
    const or = (t.kind === 'name' && t.value === 'or') || (t.kind === 'sign' && t.value === '||')
    if (!and && !or) parts.at(-1)?.push(t)
    else {
      joins.add(and ? 'and' : 'or')
      parts.push([])
    }
  }
  const rows = parts.map(rowOf)
  if (joins.size > 1 || rows.some((r) => r === null)) return null
  return { join: joins.has('or') ? 'or' : 'and', rows: rows as Row[] }
}

export function printValue(v: Value): string {
  if (v.type === 'text') return JSON.stringify(v.value)
  if (v.type === 'number') return /^-?\d+(\.\d+)?$/.test(v.value) ? v.value : '0'
  return v.value
}

function printRow(r: Row): string {
  if (r.operator === 'is') return r.left
  if (r.operator === 'not') return `not ${r.left}`
  return `${r.left} ${r.operator} ${printValue(r.right)}`
}

export const printCondition = (c: Condition): string => c.rows.map(printRow).join(` ${c.join} `)

/** Reads an expression that is one value; null: it says more. */
export function parseValue(text: string): Value | null {
  const all = tokens(text)
  return all?.length === 1 ? valueIn(all[0]) : null
}

/** The operators that make sense for a type. */
export function operatorsFor(type: string): Operator[] {
  switch (type) {
    case 'boolean':
      return ['is', 'not']
    case 'number':
      return ['==', '!=', '<', '<=', '>', '>=']
    case 'time':
      return ['<', '>']
    case 'text':
      return ['==', '!=', 'contains', 'startsWith', 'endsWith']
    default:
      return [...operators, 'is', 'not']
  }
}

const typesOfNames: Record<string, string> = {
  'call.waited': 'number',
  'call.began': 'time',
  'customer.known': 'boolean',
  'customer.numbers': 'data',
  'customer.fields': 'data',
  'now()': 'time',
}

/** The type of a name: a variable's own, or that of what the server gives; data: not known. */
export function typeOfName(name: string, variables: Record<string, { type: string }>): string {
  const own = variables[name]?.type
  if (own !== undefined) return own
  if (name.startsWith('open(')) return 'boolean'
  if (/^queue\(.*\)\./.test(name) || name.startsWith('counted(')) return 'number'
  return typesOfNames[name] ?? (/^(call|customer)\./.test(name) ? 'text' : 'data')
}

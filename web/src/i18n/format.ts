import type { Language } from '../wire/model.ts'

/** Times and numbers as text, in one place. Instants are UTC milliseconds, durations milliseconds. */
export interface Format {
  /** 3:41, 1:02:03; for timers and sums. */
  duration(ms: number): string
  time(at: number): string
  date(at: number): string
  dateTime(at: number): string
  number(value: number): string
  /** 0..1 as per cent. */
  share(value: number): string
}

const locales: Record<Language, string> = { en: 'en-GB', ru: 'ru-RU', th: 'th-TH' }

export function makeFormat(language: Language, timeZone: string, buddhistYear: boolean): Format {
  const calendar = language === 'th' ? (buddhistYear ? '-u-ca-buddhist-nu-latn' : '-u-ca-gregory-nu-latn') : ''
  const locale = locales[language] + calendar
  const zone = timeZone === '' ? {} : { timeZone }
  const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit', ...zone })
  const date = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric', ...zone })
  const both = new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    ...zone,
  })
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
  const share = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 })
  return {
    duration,
    time: (at) => time.format(at),
    date: (at) => date.format(at),
    dateTime: (at) => both.format(at),
    number: (value) => number.format(value),
    share: (value) => share.format(value),
  }
}

export function duration(ms: number): string {
  const all = Math.max(0, Math.floor(ms / 1000))
  const two = (n: number) => String(n).padStart(2, '0')
  const [h, m, s] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60]
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}

/** A number the way its country writes it, as far as we know the country. */
export function phoneNumber(address: string): string {
  const digits = address.replace(/[^\d+]/g, '')
  const groups = (prefix: string, pattern: number[]) => {
    let rest = digits.slice(prefix.length)
    const out = [prefix]
    for (const size of pattern) {
      out.push(rest.slice(0, size))
      rest = rest.slice(size)
    }
    return [...out, rest].filter((p) => p !== '').join(' ')
  }
  if (/^\+7\d{10}$/.test(digits)) return groups('+7', [3, 3, 2, 2])
  if (/^\+66\d{9}$/.test(digits)) return groups('+66', [2, 3, 4])
  if (/^\+66\d{8}$/.test(digits)) return groups('+66', [1, 3, 4])
  return address
}

/** The same with its middle hidden. */
export function maskedNumber(address: string): string {
  const digits = address.replace(/[^\d+]/g, '')
  if (digits.length < 6) return address
  const head = digits.startsWith('+7') ? '+7' : digits.startsWith('+') ? digits.slice(0, 3) : digits.slice(0, 1)
  return `${head} ··· ··${digits.slice(-2)}`
}

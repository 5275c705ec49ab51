import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { blocks, Formatted, spans } from './Formatted.tsx'

const html = (text: string) => renderToStaticMarkup(<Formatted text={text} />).replaceAll(/ class="[^"]*"/g, '')

test('paragraphs, lists, bold words and addresses', () => {
  expect(blocks('one\ntwo\n\nthree\n- a\n- b\n\n- c')).toEqual([
    { kind: 'lines', lines: ['one', 'two'] },
    { kind: 'lines', lines: ['three'] },
    { kind: 'list', items: ['a', 'b'] },
    { kind: 'list', items: ['c'] },
  ])
  expect(spans('a **b c** d ** e ** https://x.org/a?b=1, end.')).toEqual([
    { kind: 'plain', text: 'a ' },
    { kind: 'bold', text: 'b c' },
    { kind: 'plain', text: ' d ** e ** ' },
    { kind: 'link', text: 'https://x.org/a?b=1' },
    { kind: 'plain', text: ', end.' },
  ])
})

test('nothing is read as HTML, and only web addresses can be opened', () => {
  expect(html('<img src=x onerror=alert(1)>')).toBe('<div><p>&lt;img src=x onerror=alert(1)&gt;</p></div>')
  expect(html('javascript:alert(1) **<b>x</b>**')).not.toMatch(/<a |<b><b>/)
  expect(html('https://x.org/"onclick="a')).toContain('href="https://x.org/"')
})

import { MantineProvider } from '@mantine/core'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { renderToStaticMarkup } from 'react-dom/server'
import { afterEach, expect, test } from 'vitest'
import { en } from '../i18n/en/all.ts'
import { book } from '../i18n/language.ts'
import { ApiError } from '../wire/http.ts'
import { codeOf, Loaded, OwnForm, type Saving } from './OwnForm.tsx'

book.add('en', en)
afterEach(() => book.use('en'))

function shown(part: React.ReactNode, queries = new QueryClient()): string {
  const html = renderToStaticMarkup(
    <MantineProvider>
      <QueryClientProvider client={queries}>{part}</QueryClientProvider>
    </MantineProvider>,
  )
  queries.clear()
  return html.replace(/<style.*?<\/style>/gs, '')
}

const saving = (more: Partial<Saving> = {}): Saving => ({
  busy: false,
  error: '',
  faults: {},
  attempt: async () => true,
  leave: () => {},
  ...more,
})

test('a new one begins with what is given, without asking the server', () => {
  const load = () => Promise.reject(new Error('asked'))
  const html = shown(
    <Loaded kind="hours" id="new" load={load} fresh="begin">
      {(start) => <b>{start}</b>}
    </Loaded>,
  )
  expect(html).toContain('<b>begin</b>')
})

test('one that is there waits until it has come', () => {
  const queries = new QueryClient()
  const form = (
    <Loaded kind="hours" id="h1" load={() => new Promise<string>(() => {})} fresh="begin">
      {(start) => <b>{start}</b>}
    </Loaded>
  )
  expect(shown(form, queries)).toContain(en.common.loading)
  queries.setQueryData(['set-up', 'hours', 'h1'], 'found')
  expect(shown(form, queries)).toContain('<b>found</b>')
})

test('a refusal is said, unsaved changes too, and only what is there can be deleted', () => {
  const quiet = shown(
    <OwnForm kind="prompts" saving={saving()} dirty={false} save={() => {}}>
      <i />
    </OwnForm>,
  )
  expect(quiet).toMatch(/role="alert"[^>]* hidden=""/)
  expect(quiet).not.toContain('data-testid="delete"')
  expect(quiet).not.toContain(en.admin.unsaved)
  const loud = shown(
    <OwnForm kind="prompts" saving={saving({ error: 'No.' })} dirty save={() => {}} remove={() => {}}>
      <i />
    </OwnForm>,
  )
  expect(loud).toMatch(/role="alert"[^>]*><p[^>]*>No\.<\/p>/)
  expect(loud).toContain('data-testid="delete"')
  expect(loud).toContain(en.admin.unsaved)
})

test('what did not come from the server is an internal error', () => {
  expect(codeOf(new ApiError(409, 'conflict', '', [], 0))).toBe('conflict')
  expect(codeOf(new TypeError('x'))).toBe('internal')
})

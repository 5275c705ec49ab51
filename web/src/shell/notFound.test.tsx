import { createMemoryHistory, RouterProvider } from '@tanstack/react-router'
import { renderToStaticMarkup } from 'react-dom/server'
import { afterEach, expect, test } from 'vitest'
import type { App } from '../app/session.ts'
import { en } from '../i18n/en/all.ts'
import { book } from '../i18n/language.ts'
import { ru } from '../i18n/ru/all.ts'
import { th } from '../i18n/th/all.ts'
import { Cell } from '../state/value.ts'
import type { Language } from '../wire/model.ts'
import { makeRouter } from './router.tsx'

afterEach(() => book.use('en'))

for (const [language, texts] of Object.entries({ en, ru, th }))
  test(`an address that leads nowhere says so, ${language}`, async () => {
    book.add(language as Language, texts)
    book.use(language as Language)
    const router = makeRouter({ me: new Cell(null) } as unknown as App)
    router.update({ ...router.options, history: createMemoryHistory({ initialEntries: ['/no/such/page'] }) })
    await router.load()
    const html = renderToStaticMarkup(<RouterProvider router={router} />)
    expect(html).toContain(`<h1>${texts.errors.no_page}</h1>`)
    expect(html).toContain('<a href="/">')
  })

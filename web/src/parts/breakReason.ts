import { useQuery } from '@tanstack/react-query'
import { useLanguage, useT } from '../app/hooks.tsx'
import { wordFor } from '../i18n/language.ts'
import { api } from '../wire/api.ts'
import { named } from './names.ts'

/** The breaks people choose from, and what the reason of a break is called: the center's name for it or our word. */
export function useBreakReasons() {
  const t = useT()
  const language = useLanguage()
  const { data: list = [] } = useQuery({ queryKey: ['break-reasons'], queryFn: api.breakReasons, staleTime: 300_000 })
  const reasonOf = (key: string): string => {
    const chosen = list.find((r) => r.key === key)
    return chosen === undefined ? wordFor(t, 'words.reason', key) : named(chosen.names, language)
  }
  return { list, reasonOf }
}

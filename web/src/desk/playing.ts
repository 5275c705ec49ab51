/** The names of prompts that were shown to choose from, by key. */
const names = new Map<string, string>()

export function knowPrompts(prompts: readonly { key: string; name: string }[]): void {
  for (const p of prompts) names.set(p.key, p.name)
}

/** What a prompt is called; its key when nobody has looked at the list yet. */
export function promptName(key: string): string {
  return names.get(key) || key
}

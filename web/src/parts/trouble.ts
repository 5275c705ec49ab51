/** What may be wrong with the sound of a talk. */
export type Trouble = 'poor_mine' | 'poor_customer' | 'silent_mine' | 'silent_customer'

const troubles: readonly string[] = ['poor_mine', 'poor_customer', 'silent_mine', 'silent_customer']

/** Whether something is wrong that we have words for. */
export const isTrouble = (quality: string | undefined): quality is Trouble =>
  quality !== undefined && troubles.includes(quality)

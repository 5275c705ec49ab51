/** Common reasons to end a call first; kept by these words, shown in the reader's language. */
export const hangUpReasons = ['silence', 'insults', 'spam', 'wrong_number', 'agreed'] as const

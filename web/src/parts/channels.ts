/** What customers come by, as people tell calls apart: voice is every call but those to customers who are called back. */
export const channels = ['voice', 'callback', 'voicemail'] as const

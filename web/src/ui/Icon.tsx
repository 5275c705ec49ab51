const paths = {
  phone:
    'M5 4h4l1.5 4.5-2.3 1.6a12 12 0 0 0 5.7 5.7l1.6-2.3L20 15v4a1.5 1.5 0 0 1-1.6 1.5C10.6 20 4 13.4 3.5 5.6A1.5 1.5 0 0 1 5 4z',
  hangUp: 'M3 14.5c5-5 13-5 18 0l-2.4 2.6-3.3-1.6v-2.3c-2-.8-4.600-.8-6.600 0v2.300L5.400 17.100z',
  mic: 'M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3zM5.500 11a6.500 6.500 0 0 0 13 0M12 17.500V21M9 21h6',
  micOff:
    'M4 4l16 16M9 9.500V11a3 3 0 0 0 4.600 2.500M15 10.500V6a3 3 0 0 0-5.800-1M5.500 11a6.500 6.500 0 0 0 10.300 5.300M18.500 11a6 6 0 0 1-.5 2.500M12 17.500V21M9 21h6',
  keys: 'M6 5h.01M12 5h.01M18 5h.01M6 10.500h.01M12 10.500h.01M18 10.500h.01M6 16h.01M12 16h.01M18 16h.01M12 21h.01',
  search: 'M10.500 4a6.500 6.500 0 1 1 0 13 6.500 6.500 0 0 1 0-13zM15.500 15.500L21 21',
  help: 'M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM9.500 9.500a2.500 2.500 0 1 1 3.500 2.300c-.7.4-1 .9-1 1.700M12 16.800v.01',
  desk: 'M4 13v-1a8 8 0 0 1 16 0v1M3.500 13.500h3.500v5.500H4.500a1 1 0 0 1-1-1zM20.500 13.500H17v5.500h2.500a1 1 0 0 0 1-1zM18 19c0 1.500-2 2-4 2',
  board: 'M4 4h7v9H4zM13 4h7v5h-7zM13 11h7v9h-7zM4 15h7v5H4z',
  list: 'M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01',
  chart: 'M4 20V4M4 20h16M8 16v-5M12.500 16V7M17 16v-7',
  gear: 'M12 9a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM12 3v3M12 18v3M3 12h3M18 12h3M5.600 5.600l2.100 2.100M16.300 16.300l2.100 2.100M5.600 18.400l2.100-2.100M16.300 7.700l2.100-2.100',
  flag: 'M5 21V4M5 4h12l-2.500 4L17 12H5',
  check: 'M5 12.500l4.500 4.500L19 7.500',
  circle: 'M12 5a7 7 0 1 1 0 14 7 7 0 0 1 0-14z',
  dot: 'M12 7.500a4.500 4.500 0 1 1 0 9 4.500 4.500 0 0 1 0-9z',
  download: 'M12 4v11M7.500 11l4.500 4.500L16.500 11M5 20h14',
  pause: 'M9 5v14M15 5v14',
  play: 'M8 5l11 7-11 7z',
  bell: 'M6 16v-5a6 6 0 0 1 12 0v5l1.500 2h-15zM10 20.500h4',
  pen: 'M5 19l1-4L16 5l3 3L9 18zM14 7l3 3',
  warn: 'M12 4l9 16H3zM12 10v4.500M12 17v.01',
  cross: 'M6 6l12 12M18 6L6 18',
  down: 'M6 9.500l6 6 6-6',
  right: 'M9.500 6l6 6-6 6',
  left: 'M14.500 6l-6 6 6 6',
  user: 'M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM4.500 20.500c1-4 4-6 7.500-6s6.500 2 7.500 6',
  menu: 'M4 7h16M4 12h16M4 17h16',
  plus: 'M12 5v14M5 12h14',
  trash: 'M5 7h14M10 7V4.500h4V7M7 7l1 13h8l1-13M10.500 11v5.500M13.500 11v5.500',
  record: 'M12 4.500a7.500 7.500 0 1 1 0 15 7.500 7.500 0 0 1 0-15zM12 9a3 3 0 1 1 0 6 3 3 0 0 1 0-6z',
  clock: 'M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM12 8v4.500l3 2',
  info: 'M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM12 11v5.500M12 7.500v.01',
  wave: 'M4 10v4M8 6v12M12 9v6M16 4v16M20 10v4',
  eye: 'M2.500 12c2.500-4.500 6-6.500 9.500-6.500s7 2 9.500 6.500c-2.500 4.500-6 6.500-9.500 6.500s-7-2-9.500-6.500zM12 9.500a2.500 2.500 0 1 1 0 5 2.500 2.500 0 0 1 0-5z',
} as const

export type IconName = keyof typeof paths

const filled: ReadonlySet<IconName> = new Set(['dot', 'play', 'hangUp'])

/** A picture beside words; screen readers pass it by. */
export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill={filled.has(name) ? 'currentColor' : 'none'}
      stroke="currentColor"
      strokeWidth={name === 'keys' ? 3.4 : 1.9}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={paths[name]} />
    </svg>
  )
}

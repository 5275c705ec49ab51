import { useT } from '../app/hooks.tsx'
import classes from './admin.module.css'
import { bars, days, type Week } from './week.ts'

const left = 46
const width = 480
const row = 20

/** The week as seven bars of a day. What it shows is read in the fields above it. */
export function WeekDrawing({ week }: { week: Week }) {
  const t = useT()
  const drawn = bars(week)
  const x = (minute: number) => left + (minute / 1440) * width
  return (
    <svg
      className={classes.week}
      viewBox={`0 0 ${left + width + 14} ${days.length * row + 20}`}
      role="img"
      aria-label={t('hours.drawing')}
      data-testid="week-drawing"
    >
      {[0, 6, 12, 18, 24].map((hour) => (
        <g key={hour}>
          <line x1={x(hour * 60)} x2={x(hour * 60)} y1={0} y2={days.length * row} stroke="var(--lk-line)" />
          <text x={x(hour * 60)} y={days.length * row + 14} textAnchor="middle" fontSize={10} fill="var(--lk-ink)">
            {hour}
          </text>
        </g>
      ))}
      {days.map((day, i) => (
        <g key={day}>
          <text x={0} y={i * row + 14} fontSize={11} fill="var(--lk-ink)">
            {t(`hours.short.${day}`)}
          </text>
          {drawn[day].map((b) => (
            <rect
              key={`${b.from} ${b.to}`}
              x={x(b.from)}
              y={i * row + 3}
              width={Math.max(1, x(b.to) - x(b.from))}
              height={row - 6}
              rx={3}
              fill="var(--lk-good)"
            />
          ))}
        </g>
      ))}
    </svg>
  )
}

import { useComputedColorScheme } from '@mantine/core'
import { BarChart, LineChart } from 'echarts/charts'
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { useEffect, useRef } from 'react'
import classes from './reports.module.css'

use([BarChart, LineChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer])

export interface ChartProps {
  kind: 'bar' | 'line'
  label: string
  names: string[]
  values: (number | null)[]
  show(value: number): string
  /** What the values are compared with: dashed, with a legend of both. */
  before?: { name: string; nameOfValues: string; values: (number | null)[] }
}

/** A chart; what it shows stands in the table below it as well. */
export function Chart({ kind, label, names, values, show, before }: ChartProps) {
  const box = useRef<HTMLDivElement>(null)
  const scheme = useComputedColorScheme('light')
  const shown = JSON.stringify([kind, label, names, values, values.map((v) => v !== null && show(v)), before, scheme])
  // biome-ignore lint/correctness/useExhaustiveDependencies: drawn anew when what it shows or its colours differ
  useEffect(() => {
    const { current } = box
    if (current === null) return
    const style = getComputedStyle(current)
    const color = (name: string) => style.getPropertyValue(name).trim()
    const chart = init(current)
    const text = { color: color('--lk-quiet'), fontFamily: style.fontFamily, fontSize: 13 }
    chart.setOption({
      animation: false,
      aria: { enabled: true, label: { description: label } },
      // Rich text, not HTML: the page's policy allows no inline styles.
      tooltip: {
        trigger: 'axis',
        renderMode: 'richText',
        valueFormatter: (v: unknown) => (typeof v === 'number' ? show(v) : '–'),
      },
      ...(before === undefined ? {} : { legend: { top: 0, textStyle: text } }),
      grid: { left: 8, right: 16, top: before === undefined ? 16 : 36, bottom: 8, containLabel: true },
      xAxis: {
        type: 'category',
        data: names,
        axisLabel: { ...text, hideOverlap: true, width: 190, overflow: 'truncate' },
      },
      yAxis: {
        type: 'value',
        axisLabel: { ...text, formatter: show },
        splitLine: { lineStyle: { color: color('--lk-line') } },
      },
      series: [
        ...(before === undefined
          ? []
          : [
              {
                type: 'line' as const,
                name: before.name,
                data: before.values,
                symbol: 'emptyCircle',
                lineStyle: { type: 'dashed' as const, color: color('--lk-quiet') },
                itemStyle: { color: color('--lk-quiet') },
              },
            ]),
        kind === 'bar'
          ? { type: 'bar', data: values, barMaxWidth: 56, itemStyle: { color: color('--lk-active') } }
          : {
              type: 'line',
              ...(before === undefined ? {} : { name: before.nameOfValues }),
              data: values,
              showSymbol: values.length < 40,
              itemStyle: { color: color('--lk-active') },
            },
      ],
    })
    const watch = new ResizeObserver(() => chart.resize())
    watch.observe(current)
    return () => {
      watch.disconnect()
      chart.dispose()
    }
  }, [shown])
  return <div className={classes.chart} ref={box} role="img" aria-label={label} data-testid="chart" />
}

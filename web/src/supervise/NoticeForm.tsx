import { Button, MultiSelect, Radio, SegmentedControl, Switch, Textarea, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useApp, useLanguage, useMe, useT } from '../app/hooks.tsx'
import { languages } from '../i18n/language.ts'
import { faultText, refusalText } from '../i18n/said.ts'
import { Formatted } from '../parts/Formatted.tsx'
import { timeAt, timeText } from '../parts/period.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { api } from '../wire/api.ts'
import { ApiError } from '../wire/http.ts'
import type { Directory, Language, Notice } from '../wire/model.ts'
import classes from './callbacks.module.css'

type Text = { title: string; body: string }

const importances = ['read', 'confirm', 'block'] as const

/** Writes or changes a notice. */
export function NoticeForm({
  notice,
  directory,
  onClose,
}: {
  notice: Notice | null
  directory: Directory
  onClose(): void
}) {
  const t = useT()
  const app = useApp()
  const zone = useMe().tenant.timeZone
  const own = useLanguage()
  const [language, setLanguage] = useState<Language>(() => notice?.texts[0]?.language ?? own)
  const [texts, setTexts] = useState<Partial<Record<Language, Text>>>(() =>
    Object.fromEntries((notice?.texts ?? []).map((x) => [x.language, { title: x.title, body: x.body }])),
  )
  const [importance, setImportance] = useState<Notice['importance']>(notice?.importance ?? 'read')
  const [everybody, setEverybody] = useState(notice === null || notice.everybody === true)
  const [queues, setQueues] = useState(notice?.queues ?? [])
  const [projects, setProjects] = useState(notice?.projects ?? [])
  const [people, setPeople] = useState(notice?.people ?? [])
  const [from, setFrom] = useState(() => (notice === null ? '' : timeText(notice.fromMs ?? 0, zone)))
  const [until, setUntil] = useState(() => ((notice?.untilMs ?? 0) === 0 ? '' : timeText(notice?.untilMs ?? 0, zone)))
  const [anew, setAnew] = useState(false)
  const [faults, setFaults] = useState<Record<string, string>>({})
  const [sending, setSending] = useState(false)
  const text = texts[language] ?? { title: '', body: '' }
  const write = (part: Partial<Text>) => setTexts((all) => ({ ...all, [language]: { ...text, ...part } }))
  const some = (x: Text | undefined): x is Text => x !== undefined && (x.title + x.body).trim() !== ''
  const written = languages.filter((l) => some(texts[l.code]))
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    // The minute on the screen stands for the moment it was read from, as long as nobody changes it.
    const moment = (written: string, before: number | undefined) =>
      before !== undefined && before > 0 && timeText(before, zone) === written ? before : (timeAt(written, zone) ?? 0)
    const body = {
      texts: written.map((l) => ({ language: l.code, ...texts[l.code] })),
      importance,
      everybody,
      queues: everybody ? [] : queues,
      projects: everybody ? [] : projects,
      people,
      fromMs: moment(from, notice?.fromMs),
      untilMs: moment(until, notice?.untilMs),
    }
    setSending(true)
    try {
      if (notice === null) await api.writeNotice(body)
      else await api.changeNotice(notice.id, { ...body, version: notice.version, anew })
      app.toast(t('written.saved'))
      onClose()
    } catch (problem) {
      const fields = problem instanceof ApiError ? problem.fields : []
      setFaults(Object.fromEntries(fields.map((f) => [f.field, faultText(t, f)])))
      if (fields.length === 0) app.toast(refusalText(t, problem), { tone: 'bad' })
      const spoilt = languages.find((l) => fields.some((f) => f.field.startsWith(`texts.${l.code}`)))
      if (spoilt !== undefined) setLanguage(spoilt.code)
    } finally {
      setSending(false)
    }
  }
  const choice = (list: { id: string; name: string }[]) => list.map((x) => ({ value: x.id, label: x.name }))
  const fault = (path: string) => (faults[path] === undefined ? {} : { error: faults[path] })
  return (
    <Dialog
      opened
      onClose={onClose}
      title={t(notice === null ? 'written.write' : 'written.changeTitle')}
      closeLabel={t('common.close')}
      size="lg"
      testId="notice-form"
    >
      <form onSubmit={(e) => void submit(e)} className={classes.wide}>
        <SegmentedControl
          aria-label={t('common.language')}
          value={language}
          onChange={(code) => setLanguage(code as Language)}
          data={languages.map((l) => ({ value: l.code, label: some(texts[l.code]) ? `${l.name} ✓` : l.name }))}
          data-testid="notice-language"
        />
        <TextInput
          label={t('written.titleField')}
          value={text.title}
          maxLength={120}
          data-autofocus
          onChange={(e) => write({ title: e.currentTarget.value })}
          {...fault(`texts.${language}.title`)}
          {...(written.length === 0 ? fault('texts') : {})}
          data-testid="notice-title"
        />
        <Textarea
          label={t('written.body')}
          description={t('written.bodyHint')}
          autosize
          minRows={4}
          maxRows={10}
          value={text.body}
          maxLength={8000}
          onChange={(e) => write({ body: e.currentTarget.value })}
          {...fault(`texts.${language}.body`)}
          data-testid="notice-body"
        />
        {text.body.trim() !== '' && (
          <section className={classes.preview} aria-label={t('written.preview')}>
            <Formatted text={text.body} />
          </section>
        )}
        <Radio.Group
          label={t('written.importance')}
          value={importance}
          onChange={(v) => setImportance(importances.find((i) => i === v) ?? 'read')}
        >
          {importances.map((i) => (
            <Radio
              key={i}
              value={i}
              mt={6}
              label={t(`notice.importances.${i}`)}
              description={t(`written.importanceHints.${i}`)}
              data-testid={`notice-importance-${i}`}
            />
          ))}
        </Radio.Group>
        <Radio.Group
          label={t('written.whom')}
          value={everybody ? 'all' : 'some'}
          onChange={(v) => setEverybody(v === 'all')}
          {...fault('audience')}
        >
          <Radio value="all" mt={6} label={t('written.everybody')} data-testid="notice-all" />
          <Radio value="some" mt={6} label={t('written.some')} data-testid="notice-some" />
        </Radio.Group>
        {!everybody && (
          <>
            <MultiSelect
              label={t('written.queues')}
              data={choice(directory.queues)}
              value={queues}
              onChange={setQueues}
              searchable
              {...fault('audience.queues')}
              data-testid="notice-queues"
            />
            <MultiSelect
              label={t('written.projects')}
              data={choice(directory.projects)}
              value={projects}
              onChange={setProjects}
              searchable
              {...fault('audience.projects')}
            />
            <MultiSelect
              label={t('written.people')}
              data={choice(directory.agents)}
              value={people}
              onChange={setPeople}
              searchable
              {...fault('audience.people')}
            />
          </>
        )}
        <div className={classes.two}>
          <TextInput
            type="datetime-local"
            label={t('written.from')}
            description={t('written.fromHint')}
            value={from}
            onChange={(e) => setFrom(e.currentTarget.value)}
          />
          <TextInput
            type="datetime-local"
            label={t('written.untilField')}
            description={t('written.untilHint')}
            value={until}
            onChange={(e) => setUntil(e.currentTarget.value)}
            {...fault('until')}
          />
        </div>
        {notice !== null && (
          <Switch
            label={t('written.anew')}
            description={t('written.anewHint')}
            checked={anew}
            onChange={(e) => setAnew(e.currentTarget.checked)}
            data-testid="notice-anew"
          />
        )}
        <Button type="submit" loading={sending} data-testid="notice-save">
          {t(notice === null ? 'written.send' : 'common.save')}
        </Button>
      </form>
    </Dialog>
  )
}

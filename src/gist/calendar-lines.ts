import { mostCharacters } from './most-characters.js'

/** The most characters of a name or place. */
const mostWords = 200

/** How many bytes of a file are read. */
const mostBytes = 1024 * 1024

/** What is not a plain invitation (RFC 5546 1.4). */
const methods: Readonly<Record<string, string>> = {
  CANCEL: 'Cancelled',
  REPLY: 'Answer',
  COUNTER: 'Proposal',
  REFRESH: 'Question',
}

interface Line {
  readonly name: string
  readonly parameters: string
  readonly value: string
}

/** Each meeting of a calendar's file (RFC 5545) in a line: what, when, where and who. Throws at what is none. */
export function calendarLines(bytes: Uint8Array): string {
  const text = unfold(bytes.subarray(0, mostBytes))
  if (!/^\s*BEGIN:VCALENDAR\s*$/im.test(text)) throw new Error('no calendar')
  const within: string[] = []
  let words = ''
  let method = ''
  let meeting = new Map<string, Line>()
  for (const line of text.split(/\r?\n/)) {
    if (words.length > mostCharacters) break
    const property = readLine(line)
    if (property?.name === 'BEGIN') {
      if (within.length > 100) throw new Error('too deep')
      within.push(property.value.toUpperCase())
      if (isMeeting(within)) meeting = new Map()
    } else if (property?.name === 'END') {
      if (isMeeting(within)) words += `${meetingWords(meeting, method)}\n`
      within.pop()
    } else if (property && within.length === 1 && property.name === 'METHOD')
      method = methods[property.value.trim().toUpperCase()] ?? ''
    else if (property && isMeeting(within) && !meeting.has(property.name))
      meeting.set(property.name, property)
  }
  return words
}

/** Lines are folded by their bytes, in the middle of a character too. */
function unfold(bytes: Uint8Array): string {
  const whole = Buffer.from(bytes)
    .toString('latin1')
    .replace(/\r?\n[ \t]/g, '')
  return new TextDecoder().decode(Buffer.from(whole, 'latin1'))
}

const isMeeting = (within: readonly string[]): boolean =>
  within.length === 2 && ['VEVENT', 'VTODO'].includes(within[1] ?? '')

/** A name, parameters with their first semicolon, and a value: a colon in quotes belongs to a parameter. */
function readLine(line: string): Line | undefined {
  const [, name = '', parameters = '', value = ''] =
    /^([\w-]{1,100})((?:;(?:[^":]|"[^"]*")*)?):(.*)$/s.exec(line) ?? []
  return name === '' ? undefined : { name: name.toUpperCase(), parameters, value }
}

function meetingWords(meeting: ReadonlyMap<string, Line>, method: string): string {
  const textOf = (name: string): string =>
    (meeting.get(name)?.value ?? '')
      .slice(0, 4 * mostWords)
      .replace(/\\n/gi, ' ')
      .replace(/\\(.)/gs, '$1')
      .replace(/\s+/g, ' ')
      .trim()
      .slice(0, mostWords)
  const state = textOf('STATUS') === 'CANCELLED' ? 'Cancelled' : method
  const rhythm = /FREQ=(\w{1,10})/i.exec(textOf('RRULE'))?.[1]?.toLowerCase() ?? ''
  return [
    [state, textOf('SUMMARY')].filter((each) => each !== '').join(': '),
    timeWords(meeting.get('DTSTART') ?? meeting.get('DUE'), meeting.get('DTEND')),
    rhythm,
    textOf('LOCATION'),
    personWords(meeting.get('ORGANIZER')),
  ]
    .filter((each) => each !== '')
    .join(', ')
}

interface Time {
  readonly date: string
  readonly time: string
  readonly zone: string
}

function timeWords(from: Line | undefined, until: Line | undefined): string {
  const begins = from && readTime(from)
  if (!begins) return ''
  const { date, time, zone } = begins
  const begin = [date, time].filter((each) => each !== '').join(' ')
  const ends = until && readTime(until)
  const end = ends && (time === '' ? dayBefore(ends.date) : ends.date)
  const last = [end === date ? '' : (end ?? ''), ends?.time ?? ''].filter((each) => each !== '').join(' ')
  return `${begin}${last === '' ? '' : ` to ${last}`}${zone === '' ? '' : ` ${zone}`}`
}

/** As it stands there: whoever wrote it meant the clocks of that place. */
function readTime({ parameters, value }: Line): Time | undefined {
  const [, year, month, day, hour, minute, utc] =
    /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?\s*$/i.exec(value) ?? []
  if (year === undefined) return undefined
  const named = /;TZID="?([^";]{1,60})/i.exec(parameters)?.[1] ?? ''
  return {
    date: `${year}-${month}-${day}`,
    time: hour === undefined ? '' : `${hour}:${minute}`,
    zone: utc ? 'UTC' : named,
  }
}

/** The end of a whole day is the day behind it. */
function dayBefore(date: string): string {
  const day = Date.parse(date)
  return Number.isNaN(day) ? date : new Date(day - 86_400_000).toISOString().slice(0, 10)
}

function personWords(line: Line | undefined): string {
  if (!line) return ''
  const name = /;CN=(?:"([^"]{1,80})|([^";]{1,80}))/i.exec(line.parameters)
  return name?.[1] ?? name?.[2] ?? line.value.replace(/^mailto:/i, '').slice(0, 80)
}

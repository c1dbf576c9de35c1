import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** What is shown of a job that failed, at the end. */
const mostLines = 30
const mostColumns = 300

/**
 * Runs jobs, `{ name, command, args }` each, one after another, and shows what they print as they print it. At the end it says which failed and
 * shows the last lines of each once more: thousands of lines can follow a failure, and CI shows only the first and the last ones. Gives the exit
 * code. A job that takes longer than `limitMs` is ended, with all that it started.
 */
export async function runJobs(jobs, limitMs) {
  const failed = []
  for (const job of jobs) {
    console.log(`${job.command} ${job.args.join(' ')}`)
    const startedMs = Date.now()
    const { how, last } = await runJob(job, limitMs)
    const seconds = Math.round((Date.now() - startedMs) / 1000)
    console.log(`${job.name}: ${how === undefined ? 'passed' : `FAILED (${how})`} in ${seconds} s`)
    if (how !== undefined) failed.push({ name: job.name, how, last })
  }
  for (const { name, how, last } of failed)
    console.log(`\n${name} FAILED (${how}). What it printed last:\n${indent(last)}`)
  console.log(
    `${jobs.length - failed.length} passed, ${failed.length} failed${failed.map(({ name }, at) => `${at > 0 ? ',' : ':'} ${name}`).join('')}`,
  )
  return failed.length > 0 ? 1 : 0
}

/** How it failed, undefined when it didn't, and the end of what it printed. */
async function runJob({ command, args }, limitMs) {
  // In a group of its own, so that what it started ends with it.
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const end = (signal) => {
    try {
      process.kill(-child.pid, signal)
    } catch {
      // It is gone already.
    }
  }
  let last = ''
  const show = (to) => (text) => {
    to.write(text)
    last = (last + text).slice(-mostLines * mostColumns)
  }
  child.stdout.setEncoding('utf8').on('data', show(process.stdout))
  child.stderr.setEncoding('utf8').on('data', show(process.stderr))
  const stop = (signal) => {
    end(signal)
    process.exit(1)
  }
  const signals = ['SIGINT', 'SIGTERM']
  for (const signal of signals) process.once(signal, stop)
  let overdue = false
  const deadline = setTimeout(() => {
    overdue = true
    end('SIGKILL')
  }, limitMs)
  try {
    const [code, signal] = await once(child, 'close')
    const how = overdue
      ? `still running after ${limitMs / 1000} s`
      : (signal ?? (code === 0 ? undefined : `exit code ${code}`))
    return { how, last }
  } catch (error) {
    return { how: error.message, last }
  } finally {
    clearTimeout(deadline)
    for (const signal of signals) process.removeListener(signal, stop)
  }
}

function indent(text) {
  const lines = text.trimEnd() === '' ? [] : text.trimEnd().split('\n').slice(-mostLines)
  return lines.map((line) => `  ${line.slice(0, mostColumns)}`).join('\n')
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { protocolVersion } from '../../src/wire/request-frames.js'
import { codecs, stepsOf } from './recorded/scenes.js'
import {
  act,
  answerOf,
  base64,
  digestOfMail,
  makeClient,
  makeEndpoint,
  readRecording,
  runStep,
} from './recorded/session.js'

/**
 * Sessions of this version of the frames, as they went over the line once. Each side is played against the recorded other one: it has to say
 * what it said then, take what it was told then, and end with the same mail.
 */
for (const codec of codecs) {
  const recording = readRecording(codec)
  const recorded = recording?.steps ?? []
  const steps = stepsOf(codec)

  test(`codec ${codec}: there is a recording of this version, of each step`, () => {
    assert.equal(recording?.version, protocolVersion, 'npm run golden')
    assert.deepEqual(
      recorded.map(({ name }) => name),
      steps.map(({ name }) => name),
    )
  })

  test(`codec ${codec}: an endpoint answers the recorded requests as it did`, async () => {
    const endpoint = await makeEndpoint()
    for (const [i, step] of steps.entries()) {
      act('endpoint', endpoint, step)
      for (const { request, answer } of recorded[i]?.exchanges ?? [])
        assert.equal(base64(await answerOf(endpoint, Buffer.from(request, 'base64'))), answer, step.name)
      assert.equal(digestOfMail(endpoint), recorded[i]?.endpoint, step.name)
    }
  })

  test(`codec ${codec}: a client asks as it did, and takes the recorded answers`, async () => {
    const client = await makeClient()
    for (const [i, step] of steps.entries()) {
      const exchanges = [...(recorded[i]?.exchanges ?? [])]
      act('client', client, step)
      await runStep(client, step, codec, async (request) => {
        const next = exchanges.shift()
        assert.equal(base64(request), next?.request, step.name)
        return Buffer.from(next?.answer ?? '', 'base64')
      })
      assert.deepEqual(exchanges, [], `${step.name}: exchanges that were not asked for`)
      assert.equal(digestOfMail(client), recorded[i]?.client, step.name)
    }
  })
}

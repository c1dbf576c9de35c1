import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { folderOf } from '../../link/reader/browser.js'
import { worldOf } from '../../link/world.js'
import { notInChromium, startChromium } from '../chromium.js'
import { openHostilePlace, programFiles, serveFiles, showBehind } from './hostile-place.js'
import type { Wall } from './hostile-program.js'

interface AloneWall {
  readonly what: string
  readonly wall: Wall
  /** What is in the frame for pictures from elsewhere. */
  readonly frame?: string
  /** By an endpoint, with its policy. */
  readonly isServed?: true
  /** What it lets pass, which is for another wall to hold. */
  readonly passes: RegExp
}

/** A frame that leads elsewhere by itself. */
const leading = /^\/9$|wanted=5$/
const walls: readonly AloneWall[] = [
  { what: "the frame's policy", wall: 'policy', passes: leading },
  { what: 'the policy in the frame for pictures', wall: 'frame', passes: leading },
  {
    what: 'the policy with which an endpoint serves the frame for pictures',
    wall: 'frame',
    frame: '<!doctype html><html><body></body></html>',
    isServed: true,
    passes: leading,
  },
  { what: "the frame's sandbox", wall: 'sandbox', passes: /^(?!\/ran-|\/9$|.*wanted=5$)/ },
  { what: 'what takes out all that acts', wall: 'sanitizer', passes: /^$/ },
  {
    what: 'the policy of the page around it, for all but its own files',
    wall: 'nothing',
    isServed: true,
    passes: /wanted=/,
  },
]

for (const {
  what,
  wall,
  frame = readFileSync('src/reader/page/frame.html', 'utf8'),
  isServed,
  passes,
} of walls)
  test(`hostile pages ask nobody and run nothing behind one wall alone: ${what}`, {
    skip: notInChromium,
  }, async (t) => {
    const browser = await startChromium()
    t.after(() => browser.close())
    const place = await openHostilePlace(t, browser)
    const files = { ...(await programFiles()), 'frame.html': frame }
    let home = ''
    if (isServed) {
      const { server } = await worldOf(t, { via: 'http', reader: folderOf(t, files) })
      home = `http://127.0.0.1:${server.address.port}/reader`
    } else home = await serveFiles(t, files)
    const page = await browser.newPage()
    const answered: string[] = []
    page.on('response', (response) => answered.push(response.url()))
    await page.goto(`${home}/`)
    const pages = place.pages(home)
    await showBehind(page, pages, wall)
    await place.showFree(pages)
    const own = answered.filter((each) => each.includes('wanted=')).map((each) => each.slice(home.length))
    assert.deepEqual(
      [...place.asked(), ...own].filter((each) => !passes.test(each)),
      [],
    )
    assert.equal(await page.evaluate(() => 'ran' in globalThis), false)
    assert.equal(page.url(), `${home}/`)
  })

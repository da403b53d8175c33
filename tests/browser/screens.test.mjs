// Every screen by one table: axe at rest in both themes on a desk and on a phone, no sideways scroll, and in its open
// states (palette, menus, a person's pane). A new page is a line here.
import assert from 'node:assert/strict'
import { test, after } from 'node:test'
import { axe, closeBrowser, openPage, startKith } from './harness.mjs'

after(closeBrowser)
const OPENS_AT = '2026-11-23T10:00:00Z'
const SIZES = [[1440, 900], [390, 844]]
const SCREENS = [
  '/', '/begin', '/inbox', '/inbox?show=later', '/inbox?show=answered', '/inbox?q=kiln',
  '/plan', '/plan?view=month', '/plan?view=list', '/plan?show=needs-you', '/plan/hours', '/plan/queue', '/plan/series/all', '/plan/events/all', '/plan/feeds', '/plan/file',
  '/write', '/write/drafts',
  '/people', '/people?show=regulars', '/people?show=drifting', '/people?show=promises', '/people?q=zzz', '/people/followers',
  '/settings', '/settings/connect', '/settings/limits', '/settings/people', '/settings/you', '/settings/keys', '/settings/data', '/styleguide',
]
/// What is open, where, and how it is opened.
const OPEN = {
  'the palette': ['/', async (page) => { await page.keyboard.press('Control+k'); await page.locator('#palette[open]').waitFor() }],
  'the menu of later': ['thread', (page) => page.locator('.head details.menu summary').first().click()],
  'the rest of the menu': ['thread', (page) => page.locator('.head details.rest summary').click()],
}

test('every screen passes axe in both themes on a desk and on a phone, at rest and open', async (t) => {
  const kith = await startKith(t, { opensAt: OPENS_AT })
  const page = await openPage(t, kith.link, { viewport: { width: 1440, height: 900 } })
  await page.getByRole('button', { name: /open kith/i }).click()
  await page.waitForURL(kith.url + '/')
  const first = async (at, pattern) => (await page.evaluate(async (at) => (await fetch(at)).text(), at)).match(pattern)?.[0]
  const thread = await first('/inbox', /\/inbox\/[0-9a-f]{32}/)
  const person = await first('/people', /\/people\/[0-9a-f]{32}/)
  const post = await first('/plan?show=published', /\/plan\/[0-9a-f]{32}/)
  assert.ok(thread && person && post, `a conversation ${thread}, a person ${person}, a post ${post}`)
  const found = []
  const look = async (what) => {
    try {
      await axe(page)
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
      assert.ok(over <= 0, `${over} px wider than the screen`)
    } catch (error) { found.push(`${what}: ${error.message}`) }
  }
  for (const to of [...SCREENS, thread, `${thread}?pane=person`, person, post]) {
    for (const [width, height] of SIZES) {
      await page.setViewportSize({ width, height })
      for (const colorScheme of ['light', 'dark']) {
        // Before the page is there: a change of theme on an open page is drawn a moment later.
        await page.emulateMedia({ colorScheme })
        const answer = await page.goto(kith.url + to)
        if (!answer?.ok()) found.push(`${to}: ${answer?.status()}`)
        await look(`${to} ${width} ${colorScheme}`)
      }
    }
  }
  for (const [what, [at, open]] of Object.entries(OPEN)) {
    for (const colorScheme of ['light', 'dark']) {
      await page.setViewportSize({ width: 1440, height: 900 })
      await page.emulateMedia({ colorScheme })
      await page.goto(kith.url + (at === 'thread' ? thread : at))
      await open(page)
      await look(`${what} ${colorScheme}`)
    }
  }
  assert.deepEqual(found, [])
})

test('a swipe in the list puts off or ends a wait, and can be taken back', async (t) => {
  const kith = await startKith(t, { opensAt: OPENS_AT })
  const page = await openPage(t, kith.link, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
  await page.getByRole('button', { name: /open kith/i }).click()
  await page.waitForURL(kith.url + '/')
  await page.goto(kith.url + '/inbox')
  const rows = page.locator('[data-swipe]')
  const before = await rows.count()
  assert.ok(before > 0, 'somebody waits')
  const touch = await page.context().newCDPSession(page)
  const swipe = async (dx, dy) => {
    const box = await rows.first().boundingBox()
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
    const at = (part) => [{ x: x + dx * part, y: y + dy * part }]
    await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: at(0) })
    for (const part of [0.25, 0.5, 0.75, 1]) await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: at(part) })
    await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
  }
  await swipe(60, 0)
  assert.equal(new URL(page.url()).pathname, '/inbox', 'too short is nothing')
  await swipe(20, -200)
  assert.equal(await rows.count(), before, 'scrolling is nothing')
  await page.goto(kith.url + '/inbox')
  await swipe(160, 0)
  await page.locator('[data-toast]').waitFor()
  assert.equal(await rows.count(), before - 1)
  await page.locator('[data-toast]').getByRole('button', { name: /undo/i }).click()
  await page.waitForLoadState()
  await page.goto(kith.url + '/inbox')
  assert.equal(await rows.count(), before)
})

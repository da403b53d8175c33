// Journey 4: three versions with their own counters, the same said twice, a picture that needs its words, and a plan in
// New York's morning in the weeks in which the clocks of London and New York are four hours apart.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import { axe, closeBrowser, openPage, startKith } from './harness.mjs'
import { startSecondNetwork } from './second-network.mjs'

after(closeBrowser)
const run = promisify(execFile)

/// A Monday on which New York has its summer time and London has not; nine in the morning in London.
const OPENS = '2027-03-15T09:00:00Z'
const ASH = 'Ash from the bakery oven, sieved three times, on the bowls we made in May. How I mixed it, and the two that went wrong: https://hollinclay.example/ash'

/// Kith on three channels: the practice network's, one beside it for a neighbour, and one on another network.
async function begin(t, options) {
  const other = await startSecondNetwork(t)
  const kith = await startKith(t, { opensAt: OPENS, args: ['--people', '0'] })
  const cli = (...args) => run(process.env.KITH_BIN, ['--data', kith.data, ...args], { env: { ...process.env, KITH_ALLOW_PRIVATE: '1' } })
  await cli('channel', 'add', 'bluesky', '--name', 'sky', '--server', other.url, '--handle', other.handle, '--app-password', 'abcd-efgh-ijkl-mnop')
  await cli('market', 'set', 'New York: America/New_York Mon-Fri 6-7')
  await cli('presence', 'set', 'Mon-Fri 13:00-14:00')
  const page = await openPage(t, kith.link, { expected: /status of (409|422)/, ...options })
  await page.getByRole('button', { name: /open kith/i }).click()
  await page.waitForURL(kith.url + '/')
  return { kith, page, cli, other }
}

const sideways = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
const chip = (page, name) => page.locator('label.chip', { hasText: name })
const chosen = (page) => page.locator('.to input:checked').evaluateAll((all) => all.map((one) => one.value))

/// What the server says once typing rests.
const looked = (page, act) => Promise.all([page.waitForResponse((answer) => answer.url().includes('/write?live=1') && answer.request().postData()?.includes('do=look')), act()])

/// A PNG of one colour.
function png(width, height) {
  const chunk = (type, data) => {
    const whole = Buffer.concat([Buffer.from(type), data]), size = Buffer.alloc(4), sum = Buffer.alloc(4)
    size.writeUInt32BE(data.length)
    sum.writeUInt32BE(zlib.crc32(whole))
    return Buffer.concat([size, whole, sum])
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width)
  head.writeUInt32BE(height, 4)
  head.set([8, 0], 8)
  const rows = zlib.deflateSync(Buffer.alloc((width + 1) * height))
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))])
}

/// An MP4 as its boxes say it: so many seconds, 640 × 360.
function mp4(seconds) {
  const part = (kind, ...body) => {
    const whole = Buffer.concat(body), size = Buffer.alloc(4)
    size.writeUInt32BE(whole.length + 8)
    return Buffer.concat([size, Buffer.from(kind), whole])
  }
  const mvhd = Buffer.alloc(100), tkhd = Buffer.alloc(84)
  mvhd.writeUInt32BE(1000, 12)
  mvhd.writeUInt32BE(seconds * 1000, 16)
  tkhd.writeUInt16BE(640, 76)
  tkhd.writeUInt16BE(360, 80)
  return Buffer.concat([part('ftyp', Buffer.from('isom\0\0\x02\0isommp42', 'latin1')), part('mdat', Buffer.alloc(60_000)), part('moov', part('mvhd', mvhd), part('trak', part('tkhd', tkhd)))])
}

/// Only the channels that are named.
async function only(page, ...names) {
  for (const name of ['sky', 'practice']) {
    const on = (await chosen(page)).includes(name)
    if (on !== names.includes(name)) {
      await Promise.all([page.waitForResponse(/write\?live=1/), chip(page, name).click()])
      await page.waitForFunction(([name, on]) => [...document.querySelectorAll('.to input')].find((one) => one.value === name).checked === on, [name, !on])
    }
  }
}

test('each version counts as its network does, the same said twice is pointed out, and it goes out in New York’s morning', async (t) => {
  const { kith, page, other: network } = await begin(t, { viewport: { width: 1440, height: 900 } })
  await page.goto(kith.url + '/write')
  await only(page, 'sky', 'practice')
  const first = page.locator('#text'), other = page.getByRole('textbox', { name: 'The words for practice' })
  await looked(page, () => first.fill(ASH))
  assert.equal(await other.inputValue(), ASH, 'what was not changed says what the first says')
  await page.getByText('the same as sky').waitFor()
  await page.getByRole('button', { name: 'skip practice' }).waitFor()
  const left = async (of) => Number((await page.locator(`.cnt[data-channel=${of}] .left`).innerText()).match(/\d+/)[0])
  const letters = [...ASH].length
  assert.deepEqual([await left('sky'), await left('practice')], [300 - letters, 500 - letters + 'https://hollinclay.example/ash'.length - 23])
  await axe(page)

  // An emoji of a family is one, and a mention counts without its domain where that is so.
  await looked(page, () => other.fill('👩‍👩‍👧‍👦 with thanks to @jo@clay.social, in words of its own about a café that throws away its ash: https://hollinclay.example/a/very/long/address'))
  await page.getByText('its own words').waitFor()
  assert.equal(await left('practice'), 500 - [...'F with thanks to @jo, in words of its own about a café that throws away its ash: '].length - 23)
  assert.equal(await page.locator('.nudge').count(), 0)

  // A little changed is still nearly the same.
  await looked(page, () => other.fill(ASH.replace('two that', 'ones that')))
  await page.getByText(/^\d\d% the same as sky$/).waitFor()
  await page.locator('.nudge').waitFor()
  await page.getByRole('button', { name: 'send it a day later' }).click()
  await page.getByText('practice goes out a day after the others.').waitFor()
  await axe(page)

  // A picture needs its words, or that it needs none.
  await page.locator('#file').setInputFiles({ name: 'bowls.png', mimeType: 'image/png', buffer: png(640, 400) })
  await page.getByLabel('What picture 1 shows').waitFor()
  await page.getByText('Not yet: a picture has no description').waitFor()
  await page.getByRole('button', { name: /Put in plan/ }).click()
  await page.getByText(/Say what bowls.png shows/).waitFor()
  await axe(page)
  await page.getByLabel('What picture 1 shows').fill('Four glazed bowls on a shelf')
  await page.getByText(/Goes out by itself on/).waitFor()

  const york = page.locator('label.slot:not(.own)', { hasText: 'New York' })
  const slot = await york.innerText()
  const [, london] = slot.match(/Mon 15 Mar, (1\d:\d\d)/), [, there] = slot.match(/New York, (06:\d\d)/)
  assert.equal(Number(london.slice(0, 2)) - Number(there.slice(0, 2)), 4, 'five hours in most weeks, four in this one')
  assert.match(slot, /nobody home/)
  await york.click()
  await page.getByText(new RegExp(`Monday 15 March at ${london}`)).waitFor()
  await page.getByRole('button', { name: /Put in plan/ }).click()
  await page.waitForURL(/done=planned/)
  const list = await page.evaluate(async () => (await fetch('/plan?show=coming')).text())
  assert.ok(list.includes(london) && list.includes('sieved three times'), 'it stands in the plan at that time')
  await page.goto(kith.url + '/write')
  assert.equal(await page.locator('#text').inputValue(), '', 'what is planned is not kept as a draft')
  assert.match(await kith.pass('3h'), /2027-03-15T12/)
  const out = await page.evaluate(async () => (await fetch('/plan?show=published')).text())
  assert.ok(out.includes('sieved three times'), 'it went out')
  assert.equal(network.records.at(-1).record.embed.images[0].alt, 'Four glazed bowls on a shelf')
})

test('script and server count the same texts alike on both networks', async (t) => {
  const { kith, page } = await begin(t)
  await page.goto(kith.url + '/write')
  const texts = [
    'Kiln tip', 'äöü', 'e\u0301', '👩‍👩‍👧‍👦', '🇵🇹🇬🇧', 'two\nlines', 'https://kiln.io', 'see https://example.com/very/long/path?with=query. Bye',
    'http://a.example and https://b.example', 'example.com', 'ftp://example.com', '@mara@clay.social', 'thanks @mara@clay.social, @jo@x.example.', 'mail mara@clay.social',
    '(https://a.example/x)', 'https://a.example/wiki/Glaze_(ceramics) burns', 'https://a.example/a,b;c!', '陶芸の窯', 'One\n---\nThe second part is longer', '  kept short  ', '☕️ and ❤️',
  ]
  for (const name of ['practice', 'sky']) {
    await only(page, name)
    for (const text of texts) {
      // Both at once: what stands there before the answer comes is the script's.
      const [answer] = await looked(page, () => page.locator('#text').fill(text))
      const local = await page.locator('.cnt .left').first().innerText()
      const truth = (await answer.text()).match(/class="left">([^<]*)</)[1]
      assert.equal(local, truth, `${name}: ${JSON.stringify(text)}`)
    }
  }
})

test('over its limit a version is red, its number negative, and it alone stays behind', async (t) => {
  const { kith, page } = await begin(t, { viewport: { width: 390, height: 844 }, colorScheme: 'dark' })
  await page.goto(kith.url + '/write')
  await only(page, 'sky', 'practice')
  await looked(page, () => page.locator('#text').fill(`Glaze notes. ${'Ash and patience. '.repeat(18)}`))
  await page.getByText(/^−\d+ over$/).waitFor()
  await page.getByText(/sky stays here until it fits/).waitFor()
  await axe(page)
  assert.ok(await sideways(page) <= 0, 'no sideways scroll')
  await page.getByText('Another time').click()
  await page.getByRole('button', { name: /Put in plan/ }).click()
  await page.waitForURL(/done=planned/)
  await page.goto(kith.url + '/write/drafts')
  await page.getByRole('link', { name: /Glaze notes/ }).waitFor()
  await axe(page)
  assert.ok(await sideways(page) <= 0, 'no sideways scroll')
  await page.getByRole('link', { name: /Glaze notes/ }).click()
  await page.waitForURL(/draft=/)
  assert.deepEqual(await chosen(page), ['sky'], 'what did not fit waits as a draft for its channel')
})

test('a draft keeps itself; from two windows both versions are shown, and offline nothing is lost', async (t) => {
  const { kith, page } = await begin(t, { expected: /status of (409|422)|ERR_INTERNET_DISCONNECTED/ })
  await page.goto(kith.url + '/write')
  await page.locator('#text').fill('Ash, first thoughts')
  await page.getByText(/^Saved 09:00$/).waitFor()
  await page.waitForURL(/draft=/)
  const second = await page.context().newPage()
  await second.goto(page.url())
  assert.equal(await second.locator('#text').inputValue(), 'Ash, first thoughts')
  await second.locator('#text').fill('Ash, from the second window')
  await second.getByText(/^Saved/).waitFor()
  await second.waitForFunction(() => document.querySelector('#write').dataset.version === '2')
  await page.locator('#text').fill('Ash, from the first window')
  await page.getByRole('heading', { name: /You saved at 09:00/ }).waitFor()
  await page.locator('#conflict').getByText('Ash, from the second window').waitFor()
  await page.locator('#conflict').getByText('Ash, from the first window').waitFor()
  await axe(page)
  await page.getByRole('button', { name: 'Keep this one' }).click()
  await page.waitForURL(/draft=/)
  await page.waitForFunction(() => document.querySelector('#write').dataset.version === '3')
  assert.equal(await page.locator('#text').inputValue(), 'Ash, from the first window')

  await page.context().setOffline(true)
  await page.locator('#text').fill('Ash, written in the train')
  await page.getByText(/Kept in this browser/).waitFor()
  await page.context().setOffline(false)
  await page.getByText(/^Saved 09:00$/).waitFor()
  await second.goto(page.url())
  assert.equal(await second.locator('#text').inputValue(), 'Ash, written in the train')
})

test('without a script the same form shows versions, takes a picture and plans', async (t) => {
  const { kith, page } = await begin(t, { expected: /status of (409|422)/ })
  const cookies = await page.context().cookies()
  const plain = await page.context().browser().newContext({ javaScriptEnabled: false })
  t.after(() => plain.close())
  await plain.addCookies(cookies)
  const bare = await plain.newPage()
  await bare.goto(kith.url + '/write')
  await chip(bare, 'practice').click()
  await bare.locator('#text').fill('Bowls out of the kiln, all but one.')
  await bare.getByRole('button', { name: 'Look', exact: true }).click()
  await bare.getByRole('textbox', { name: 'The words for practice' }).fill('One of five cracked. Here are the other four.')
  await bare.locator('#file').setInputFiles({ name: 'bowls.png', mimeType: 'image/png', buffer: png(64, 40) })
  await bare.getByRole('button', { name: 'Add them' }).click()
  await bare.getByLabel(/Decorative/).check()
  await bare.getByText('Another time').click()
  await bare.getByRole('button', { name: /Put in plan/ }).click()
  await bare.waitForURL(/done=planned/)
  const list = await page.evaluate(async () => (await fetch('/plan?show=coming')).text())
  assert.ok(list.includes('One of five cracked') && list.includes('all but one'))
})

test('a video is brought while writing goes on, stands with its length, and goes out as a video with its words', async (t) => {
  const { kith, page, other: network } = await begin(t, { viewport: { width: 1440, height: 900 } })
  await page.goto(kith.url + '/write')
  await only(page, 'sky')
  await looked(page, () => page.locator('#text').fill('The kiln at 1200 degrees.'))
  let go
  const held = new Promise((done) => { go = done })
  await page.route('**/write/media?live=1', async (route) => { await held; await route.continue() })
  await page.locator('#file').setInputFiles({ name: 'kiln.mp4', mimeType: 'video/mp4', buffer: mp4(12) })
  // What is written while it is on its way stays, and nothing goes out without it.
  await looked(page, () => page.locator('#text').fill('The kiln at 1200 degrees, last night.'))
  await page.getByRole('button', { name: /Put in plan/ }).click()
  await page.getByText('A file is still arriving').waitFor()
  go()
  await page.getByLabel('What video 1 shows').waitFor()
  await page.getByText('0:12, 61 KB, 640 × 360').waitFor()
  assert.equal(await page.locator('#text').inputValue(), 'The kiln at 1200 degrees, last night.')
  await page.getByText('Not yet: the video has no description').waitFor()
  await page.locator('.pv').getByText('A video in the post. Bluesky works on it').waitFor()
  await axe(page)
  // What is not taken is said, with its way out, and the rest stays.
  const brought = async (name, buffer) => Promise.all([page.waitForResponse(/write\/media\?live=1/), page.locator('#file').setInputFiles({ name, mimeType: 'video/mp4', buffer })])
  await brought('long.mp4', mp4(601))
  await page.getByText('long.mp4: the video is 601 s long, more than 600 s; cut it, or link to it').waitFor()
  await brought('photo.heic', Buffer.from('\0\0\0\x20ftypheic\0\0\0\0', 'latin1'))
  await page.getByText('photo.heic: this is an HEIC picture').waitFor()
  assert.equal(await page.locator('.pic').count(), 1)
  await brought('bowls.png', png(64, 40))
  await page.getByText(/Sky: A video stands alone/).first().waitFor()
  await page.getByRole('button', { name: 'Take out picture 2' }).click()
  await page.getByText(/A video stands alone/).waitFor({ state: 'detached' })
  await page.getByLabel('What video 1 shows').fill('The kiln glows')
  await page.getByText(/Goes out by itself on/).waitFor()
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.setViewportSize({ width: 390, height: 844 })
  await axe(page)
  assert.ok(await sideways(page) <= 0, 'no sideways scroll')
  if (process.env.KITH_SHOTS) await page.screenshot({ path: `${process.env.KITH_SHOTS}/film-390.png`, fullPage: true })
  await page.setViewportSize({ width: 1440, height: 900 })
  await page.emulateMedia({ colorScheme: 'light' })
  if (process.env.KITH_SHOTS) await page.screenshot({ path: `${process.env.KITH_SHOTS}/film-1440.png`, fullPage: true })
  // It is kept with the draft, as pictures are.
  await page.waitForURL(/draft=/)
  await page.getByText(/^Saved/).waitFor()
  await page.reload()
  assert.equal(await page.getByLabel('What video 1 shows').inputValue(), 'The kiln glows')
  // The foot is drawn anew when the look comes back; a press must not fall into that.
  await looked(page, () => page.getByText('Another time').click())
  await page.getByText(/Goes out by itself on/).waitFor()
  await page.getByRole('button', { name: /Put in plan/ }).click()
  await page.waitForURL(/done=planned/)
  await page.goto('about:blank')
  await kith.pass('26h')
  const { embed } = network.records.at(-1).record
  assert.deepEqual([embed.$type, embed.alt, embed.aspectRatio], ['app.bsky.embed.video', 'The kiln glows', { width: 640, height: 360 }])
})

test('without a script a video is brought and taken out again, and what is refused keeps the words', async (t) => {
  const { kith, page } = await begin(t)
  const cookies = await page.context().cookies()
  const plain = await page.context().browser().newContext({ javaScriptEnabled: false })
  t.after(() => plain.close())
  await plain.addCookies(cookies)
  const bare = await plain.newPage()
  await bare.goto(kith.url + '/write')
  await bare.locator('#text').fill('The kiln at 1200 degrees.')
  await bare.locator('#file').setInputFiles([{ name: 'kiln.mp4', mimeType: 'video/mp4', buffer: mp4(12) }, { name: 'page.mp4', mimeType: 'video/mp4', buffer: Buffer.from('<!doctype html><p>no</p>') }])
  await bare.getByRole('button', { name: 'Add them' }).click()
  await bare.getByText('page.mp4: this is a web page, not a').waitFor()
  await bare.getByLabel('What video 1 shows').fill('The kiln glows')
  assert.equal(await bare.locator('#text').inputValue(), 'The kiln at 1200 degrees.')
  await bare.getByRole('button', { name: 'Take out video 1' }).click()
  await bare.getByLabel('What video 1 shows').waitFor({ state: 'detached' })
  assert.equal(await bare.locator('#text').inputValue(), 'The kiln at 1200 degrees.')
})

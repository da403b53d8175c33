// A whole plan on the page (B2): told by line and field, mended where it stands, shown with every time, planned once.
// And the owner's own limit of posts a day (B11), which is said while she writes.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { axe, closeBrowser, openPage, startKith } from './harness.mjs'

after(closeBrowser)
const OPENS = '2026-11-23T10:00:00Z'
const BAD = 'text,at,channels\nThe ash bowls are out.,2027-05-04 09:30,practice\nDear firstname,2027-05-05 09:30,practice\nThe kiln cools until Friday.,2027-05-06 09:30,practice\n'
const PLACES = [['light', 1440, 900], ['dark', 1440, 900], ['light', 390, 844], ['dark', 390, 844]]

async function begin(t, options) {
  const kith = await startKith(t, { opensAt: OPENS, args: ['--people', '0'] })
  const page = await openPage(t, kith.link, { viewport: { width: 1440, height: 900 }, ...options })
  await page.getByRole('button', { name: /open kith/i }).click()
  await page.waitForURL(kith.url + '/')
  return { kith, page }
}

/// In both themes on a desk and on a phone: nothing that axe finds, and nothing wider than the screen.
async function look(page) {
  for (const [colorScheme, width, height] of PLACES) {
    await page.setViewportSize({ width, height })
    await page.emulateMedia({ colorScheme })
    // A change of theme on an open page is drawn a moment later.
    await page.evaluate(() => Promise.allSettled(document.getAnimations().map((one) => one.finished)))
    await axe(page)
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    assert.ok(over <= 0, `${over} px wider than ${width}`)
  }
  await page.setViewportSize({ width: 1440, height: 900 })
}

const listed = (page, words) => page.evaluate(async (words) => (await (await fetch('/plan?show=all&from=2027-05-01')).text()).split(words).length - 1, words)
const gone = (page) => page.waitForLoadState('load')

test('a file with a bad line is told, mended in the box, shown with every time, and planned once', async (t) => {
  const { kith, page } = await begin(t, { expected: /status of 422/ })
  await page.goto(kith.url + '/plan')
  await page.getByRole('link', { name: 'From a file' }).click()
  await page.waitForURL(/\/plan\/file$/)
  await look(page)
  await page.getByLabel('The file').setInputFiles({ name: 'may.csv', mimeType: 'text/csv', buffer: Buffer.from('\ufeff' + BAD.replaceAll('\n', '\r\n')) })
  await page.getByRole('button', { name: 'Look at every time' }).click()
  await page.getByRole('heading', { name: '1 to put right' }).waitFor()
  const told = page.locator('#shown .lines li')
  assert.match(await told.first().innerText(), /Line 3\s+text\s+"Dear firstname" looks like a placeholder/)
  assert.equal(await page.getByRole('button', { name: /^Plan / }).count(), 0, 'there is nothing to press')
  const box = page.getByRole('textbox', { name: 'Or paste it' })
  assert.equal(await box.inputValue(), BAD, 'the whole text stands in the box')
  await look(page)

  await box.fill(BAD.replace('Dear firstname', 'Sieve the ash twice.'))
  await page.getByRole('button', { name: 'Look at every time' }).click()
  await page.getByRole('heading', { name: '3 posts of may.csv' }).waitFor()
  assert.deepEqual(await page.locator('#shown time').allInnerTexts(), ['Tue 4 May 09:30', 'Wed 5 May 09:30', 'Thu 6 May 09:30'])
  await look(page)
  assert.equal(await listed(page, 'Sieve the ash twice'), 0, 'a look stores nothing')

  // What she writes after the look is shown before it is stored.
  await box.fill(BAD.replace('Dear firstname', 'Sieve the ash three times.'))
  await page.getByRole('button', { name: 'Plan 3 posts' }).click()
  await page.getByText('not what you looked at before').waitFor()
  assert.equal(await listed(page, 'Sieve the ash'), 0)

  // The same press from two windows: it is planned once, and both are told so.
  const second = await page.context().newPage()
  await second.goto(kith.url + '/plan/file')
  await second.getByRole('textbox', { name: 'Or paste it' }).fill(await box.inputValue())
  await second.getByRole('button', { name: 'Look at every time' }).click()
  await second.getByRole('heading', { name: '3 posts' }).waitFor()
  await page.getByRole('button', { name: 'Plan 3 posts' }).click()
  await page.waitForURL(/view=week&from=2027-05-04&done=file_planned/)
  await page.getByText('The file is planned.').waitFor()
  await page.getByRole('link', { name: /Sieve the ash three times/ }).first().waitFor()
  await axe(page)
  await second.getByRole('button', { name: 'Plan 3 posts' }).click()
  await second.waitForURL(/done=file_planned/)
  await gone(second)
  await page.goto(kith.url + '/plan?show=all&from=2027-05-01')
  assert.equal(await listed(page, 'Sieve the ash three times'), 1, 'once')
  await page.goto(kith.url + '/plan/file')
  await box.fill(BAD.replace('Dear firstname', 'Sieve the ash three times.'))
  await page.getByRole('button', { name: 'Look at every time' }).click()
  await page.getByText(/planned already, on Monday 23 November at 10:00/).waitFor()
  await page.getByLabel(/I mean it once more/).waitFor()
})

test('a plan is pasted, looked at and planned without a script', async (t) => {
  const { kith, page } = await begin(t)
  const plain = await page.context().browser().newContext({ javaScriptEnabled: false })
  t.after(() => plain.close())
  await plain.addCookies(await page.context().cookies())
  const bare = await plain.newPage()
  await bare.goto(kith.url + '/plan/file')
  await bare.getByRole('textbox', { name: 'Or paste it' }).fill('First of May, the ash is in.\n---\nSecond, the kiln is lit.')
  await bare.locator('summary', { hasText: 'Posts without a time' }).click()
  await bare.getByLabel('When they may go out').fill('daily 08:00-10:00')
  await bare.getByLabel('From which day').fill('2027-05-10')
  await bare.getByLabel('When they may go out').press('Enter')
  await bare.getByRole('heading', { name: '2 posts' }).waitFor()
  const times = await bare.locator('#shown time').allInnerTexts()
  await bare.getByRole('button', { name: 'Plan 2 posts' }).click()
  await bare.waitForURL(/from=2027-05-10&done=file_planned/)
  const week = await bare.locator('.agenda, .week').first().innerText()
  for (const time of times) assert.ok(week.includes(time.slice(-5)), `${time} stands in the week: ${week}`)
})

test('a limit of her own is set on the page and said while she writes', async (t) => {
  const { kith, page } = await begin(t, { expected: /status of 422/ })
  await page.goto(kith.url + '/settings/limits')
  await look(page)
  const today = Number((await page.locator('.card header .dim').first().innerText()).match(/\d+/)[0])
  await page.getByLabel('Most posts a day').fill('a few')
  await page.getByRole('button', { name: /Store the limits/ }).click()
  await page.getByRole('alert').filter({ hasText: 'no whole number' }).waitFor()
  assert.equal(await page.getByLabel('Most posts a day').inputValue(), 'a few', 'what she typed stays')
  await look(page)
  await page.getByLabel('Most posts a day').fill('5')
  await page.getByRole('button', { name: /Store the limits/ }).click()
  await page.getByText('In force: 5, yours; usual is 5. Today:').waitFor()

  // As many as she allows are planned by a file, and then one more is written.
  const rows = Array.from({ length: 5 - today }, (_, n) => `Bowl number ${n + 1} of the day,2026-11-23 ${12 + n}:07,practice`)
  await page.goto(kith.url + '/plan/file')
  await page.getByRole('textbox', { name: 'Or paste it' }).fill(`text,at,channels\n${rows.join('\n')}\n`)
  await page.getByRole('button', { name: 'Look at every time' }).click()
  await page.getByRole('button', { name: /^Plan \d posts?$/ }).click()
  await page.waitForURL(/done=file_planned/)
  await page.goto(kith.url + '/settings/limits')
  await page.getByText('Today: 5, out and planned.').waitFor()
  await page.goto(kith.url + '/write')
  await page.getByRole('textbox', { name: 'The words' }).fill('One bowl too many for a Monday.')
  await page.getByLabel('Goes out at').fill('2026-11-23T21:37')
  await page.getByText('Another time').click()
  await page.getByText(/this would be the sixth today on practice \(your limit is 5\)/).first().waitFor()
  await axe(page)
  await page.goto(kith.url + '/settings/limits')
  await page.getByRole('button', { name: /Back to the usual/ }).click()
  await page.getByText('In force: the usual 5, which is only said.').waitFor()
})

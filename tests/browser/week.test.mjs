// The week: a post is dragged to another day, moved by keys, left by Escape; what the server refuses goes back and says
// why; a second page sees it without reload. The clock stands still.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { axe, closeBrowser, openPage, startKith } from './harness.mjs'

after(closeBrowser)

const OPENS = '2026-11-23T10:00:00Z' // a Monday
const sideways = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
const card = (page, words) => page.locator('.grid .wp', { hasText: words })
const dayOf = (page, words) => card(page, words).evaluate((one) => one.closest('.day').dataset.day)
const timeOf = async (page, words) => (await card(page, words).locator('time').innerText()).trim()
const told = (page, pattern) => page.locator('#move-told').filter({ hasText: pattern }).waitFor()

async function comeIn(t, kith, options) {
  const page = await openPage(t, kith.link, { viewport: { width: 1440, height: 900 }, ...options })
  await page.getByRole('button', { name: /open kith/i }).click()
  await page.waitForURL(kith.url + '/')
  return page
}

/// Writes a post for a local time, from the page itself.
async function plan(page, kith, words, at) {
  await page.goto(`${kith.url}/write?at=${at}`)
  await page.getByRole('textbox', { name: 'The words' }).fill(words)
  await page.getByText(/Goes out by itself on/).waitFor()
  await page.getByRole('button', { name: /Put in plan/ }).click()
  await page.waitForURL(/done=planned/)
}

async function drag(page, words, day, hour) {
  const box = await card(page, words).boundingBox()
  const to = await page.evaluate(([day, hour]) => {
    const column = document.querySelector(`.grid .day[data-day="${day}"]`).getBoundingClientRect()
    const first = Number(document.querySelector('.grid').dataset.first)
    return { x: column.left + 20, y: column.top + (hour - first) * 50 }
  }, [day, hour])
  await page.mouse.move(box.x + 20, box.y + 12)
  await page.mouse.down()
  await page.mouse.move(box.x + 40, box.y + 30, { steps: 3 })
  await page.mouse.move(to.x, to.y + 12, { steps: 6 })
  await page.mouse.up()
}

test('a post is dragged, moved by keys, left by Escape; a refusal goes back; a second page sees it', async (t) => {
  const kith = await startKith(t, { opensAt: OPENS, args: ['--people', '0'] })
  const page = await comeIn(t, kith, { expected: /status of 422/ })
  await plan(page, kith, 'The ash bowls are out of the kiln.', '2026-11-25T14:00')
  await page.goto(kith.url + '/plan')
  await card(page, 'ash bowls').waitFor()
  assert.equal(await dayOf(page, 'ash bowls'), '2026-11-25')
  await axe(page)

  const second = await page.context().newPage()
  await second.goto(kith.url + '/plan')
  await card(second, 'ash bowls').waitFor()

  await drag(page, 'ash bowls', '2026-11-27', 16.25)
  await told(page, /Moved to Friday 27 November, 16:15/)
  assert.equal(await dayOf(page, 'ash bowls'), '2026-11-27')
  assert.equal(await timeOf(page, 'ash bowls'), '16:15')
  await second.locator('#day-2026-11-27 .wp', { hasText: 'ash bowls' }).waitFor()
  assert.equal(await second.locator('#day-2026-11-25 .wp', { hasText: 'ash bowls' }).count(), 0)

  // By keys: a day back, half an hour later.
  await card(page, 'ash bowls').focus()
  await page.keyboard.press('m')
  await told(page, /Moving from Friday 27 November, 16:15/)
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  assert.equal(await timeOf(page, 'ash bowls'), '16:45')
  await page.keyboard.press('Enter')
  await told(page, /Moved to Thursday 26 November, 16:45/)
  assert.equal(await dayOf(page, 'ash bowls'), '2026-11-26')

  // Escape leaves it where it is.
  await card(page, 'ash bowls').focus()
  await page.keyboard.press('m')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Escape')
  await told(page, /stays where it was/)
  assert.equal(await timeOf(page, 'ash bowls'), '16:45')

  // A time that has passed is refused; it goes back, and the reason is said.
  await drag(page, 'ash bowls', '2026-11-23', 8)
  await told(page, /Not moved: that time has passed already/)
  assert.equal(await dayOf(page, 'ash bowls'), '2026-11-26')
  assert.equal(await timeOf(page, 'ash bowls'), '16:45')
  await axe(page)
  await page.reload()
  assert.equal(await dayOf(page, 'ash bowls'), '2026-11-26', 'the server has it there too')
})

test('a post stands open beside the week, is moved by its form, and an absence refuses a time', async (t) => {
  const kith = await startKith(t, { opensAt: OPENS, args: ['--people', '0'] })
  const page = await comeIn(t, kith, { expected: /status of 422/ })
  await plan(page, kith, 'Six seats are left for Saturday.', '2026-11-26T15:00')
  await page.goto(kith.url + '/plan/hours')
  await axe(page)
  const away = page.locator('#absence')
  await away.getByLabel('What it is called').fill('Winter')
  await away.getByLabel('First day').fill('2026-11-28')
  await away.getByLabel('Last day').fill('2026-11-29')
  await away.getByRole('button', { name: 'Look what it changes' }).click()
  await away.getByRole('status').waitFor()
  await axe(page)
  await page.locator('#absence').getByRole('button', { name: 'Plan the absence' }).click()
  await page.waitForURL(/done=stored/)
  await page.getByText('everything stands still').waitFor()

  await page.goto(kith.url + '/plan')
  await card(page, 'Six seats').click()
  await page.waitForURL(/post=/)
  await page.locator('#side').getByText('Six seats are left for Saturday.').first().waitFor()
  await axe(page)
  await page.locator('#move > summary').click()
  await page.getByLabel('Goes out at').fill('2026-11-28T12:00')
  await page.getByRole('button', { name: 'Move it there' }).click()
  await page.getByRole('alert').filter({ hasText: 'you are away then' }).waitFor()
  assert.equal(await page.getByLabel('Goes out at').inputValue(), '2026-11-28T12:00', 'what was typed stays')
  await axe(page)
  await page.getByLabel('Goes out at').fill('2026-11-27T12:00')
  await page.getByRole('button', { name: 'Move it there' }).click()
  await page.waitForURL(/done=moved/)
  assert.equal(await dayOf(page, 'Six seats'), '2026-11-27')
})

test('the words of a planned post are changed, a second tab is told, and a post is held back and let go', async (t) => {
  const kith = await startKith(t, { opensAt: OPENS, args: ['--people', '0'] })
  const page = await comeIn(t, kith, { expected: /status of 4(09|22)/ })
  await plan(page, kith, 'Six seats are left for Saturday.', '2026-11-23T15:00')
  await plan(page, kith, 'Glaze tests, round three.', '2026-11-23T16:00')
  const open = async (words) => {
    await page.goto(kith.url + '/plan')
    await card(page, words).click()
    await page.waitForURL(/post=/)
  }
  await open('Six seats')
  await axe(page)
  const href = await page.getByRole('link', { name: /Change the words/ }).getAttribute('href')
  const second = await page.context().newPage()
  await second.goto(kith.url + href)
  await page.keyboard.press('e')
  await page.waitForURL(/write\?edit=/)
  assert.equal(await page.getByRole('textbox', { name: 'The words' }).inputValue(), 'Six seats are left for Saturday.')
  assert.equal(await page.locator('input[type=checkbox][name=on]').count(), 0, 'where it goes stays')
  await page.getByRole('textbox', { name: 'The words' }).fill('Five seats are left for Saturday.')
  await page.locator('#see').getByText('Five seats').waitFor()
  await page.getByText(/Goes out by itself on/).waitFor()
  await axe(page)
  await page.getByRole('button', { name: /^Change it/ }).click()
  await page.waitForURL(/done=changed/)
  const side = page.locator('#side')
  await side.getByText('Five seats are left for Saturday.').first().waitFor()
  await side.getByText(/changed by/).waitFor()
  await side.getByText(/changed it\./).waitFor()
  assert.equal(await timeOf(page, 'Five seats'), '15:00', 'its time stays')
  await axe(page)

  // The second tab read the old words: it is told, what was typed stays, and pressed again it goes over them.
  await second.getByRole('textbox', { name: 'The words' }).fill('Four seats are left for Saturday.')
  await second.getByRole('button', { name: /^Change it/ }).click()
  await second.getByRole('alert').filter({ hasText: 'It says now: “Five seats are left for Saturday.”' }).waitFor()
  assert.equal(await second.getByRole('textbox', { name: 'The words' }).inputValue(), 'Four seats are left for Saturday.')
  await axe(second)
  await second.getByRole('button', { name: /^Change it/ }).click()
  await second.waitForURL(/done=changed/)
  await second.locator('#side').getByText('Four seats are left for Saturday.').first().waitFor()
  await second.close()

  // Held back by a key, it stays in its place; let go, it goes out at its time. The other is not let go.
  for (const words of ['Four seats', 'Glaze tests']) {
    await open(words)
    await page.keyboard.press('h')
    await page.waitForURL(/done=held_back/)
    await page.locator('#side').getByText(/holds it back/).first().waitFor()
  }
  await axe(page)
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.setViewportSize({ width: 390, height: 844 })
  await page.reload()
  await axe(page)
  assert.ok(await sideways(page) <= 0)
  await page.setViewportSize({ width: 1440, height: 900 })
  await open('Four seats')
  await page.getByRole('button', { name: 'Let it go out' }).click()
  await page.waitForURL(/done=allowed/)
  await kith.pass('8h')
  await open('Four seats')
  await page.locator('#side').getByText('See it there').waitFor()
  assert.equal(await page.getByRole('link', { name: /Change the words/ }).count(), 0, 'what is out is not changed here')
  await open('Glaze tests')
  await page.locator('#side').getByRole('button', { name: 'Send it now' }).waitFor()
  assert.equal(await page.locator('#side').getByText('See it there').count(), 0, 'held, it did not go out')
})

for (const [theme, width] of [['light', 1440], ['dark', 1440], ['light', 390], ['dark', 390]]) {
  test(`the plan's views are sound in ${theme} at ${width} px`, async (t) => {
    const kith = await startKith(t, { opensAt: OPENS, args: ['--people', '0'] })
    const page = await comeIn(t, kith, { colorScheme: theme, viewport: { width, height: 900 } })
    await page.goto(kith.url + '/plan')
    const post = await page.locator('a[href*="&post="]').first().getAttribute('href')
    for (const at of ['/plan', post, '/plan?view=month', '/plan?view=list', '/plan/hours']) {
      await page.goto(kith.url + at)
      await axe(page)
      assert.ok(await sideways(page) <= 0, `no sideways scroll on ${at}`)
    }
  })
}

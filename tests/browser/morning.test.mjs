// The morning: Today, Begin, six people answered by keyboard alone, and then nobody is waiting. Each answer is on the
// network once, and each is marked as written by hand. Time stands still.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { axe, closeBrowser, openPage, startKith } from './harness.mjs'

after(closeBrowser)

const OPENS = '2026-11-23T10:00:00Z'
const QUESTIONS = [
  'Did the tenmoku break where it ran thick?', 'Would you run a session for our team?', 'Tip eleven saved my whole shelf.',
  'I went and found my old wheel.', 'Is the evening step-free?', 'Are those salt pigs ever for sale?',
]

async function network(kith, path, order) {
  const url = kith.printed.match(/Practice server: (\S+)/)[1].replace(/\/$/, '')
  const answer = await fetch(url + path, order && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(order) })
  const text = await answer.text()
  assert.equal(answer.status, 200, `${path}: ${text}`)
  return text && JSON.parse(text)
}

/// A Kith in which nobody waits, a signed-in page, and six questions that come an hour apart.
async function six(t, options) {
  const kith = await startKith(t, { opensAt: OPENS, args: ['--people', '1'] })
  const page = await openPage(t, kith.link, options)
  await page.getByRole('button', { name: /open kith/i }).click()
  await page.waitForURL(kith.url + '/')
  for (let n = 0; n < 40; n++) {
    await page.goto(kith.url + '/begin')
    if (!(await page.locator('#reply').count())) break
    await page.keyboard.press('Escape')
    await page.keyboard.press('e')
    await page.waitForLoadState()
  }
  for (const words of QUESTIONS) {
    await network(kith, '/practice/act', { as: 'any', do: 'mention', text: words })
    await kith.pass('2m')
  }
  return { kith, page }
}

const has = (page, words) => page.getByText(words).first().waitFor()

test('six people are answered by keyboard alone, and then nobody is waiting', async (t) => {
  const { kith, page } = await six(t, { viewport: { width: 1440, height: 900 } })
  await page.goto(kith.url + '/')
  await has(page, QUESTIONS[0])
  await axe(page)
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/begin/)
  for (const [n, words] of QUESTIONS.entries()) {
    await page.locator('.thread .said', { hasText: words.slice(0, 20) }).waitFor()
    assert.equal(await page.locator('.faces li').count(), QUESTIONS.length - n, 'a face left the line')
    if (n === 0) {
      assert.equal(await page.evaluate(() => document.activeElement.id), 'reply', 'the box is ready')
      await axe(page)
    }
    await page.keyboard.type(`Answer ${n + 1} of six, by hand.`)
    await page.keyboard.press('Control+Enter')
    await page.locator('.toast', { hasText: `Answer ${n + 1} of six` }).waitFor()
  }
  await page.getByRole('heading', { name: 'Nobody is waiting.' }).waitFor()
  await axe(page)
  const sent = (await network(kith, '/practice/state')).owner_statuses.map((one) => one.text ?? JSON.stringify(one))
  for (let n = 1; n <= 6; n++) assert.equal(sent.filter((text) => text.includes(`Answer ${n} of six`)).length, 1, `answer ${n} is there once`)

  await page.goto(kith.url + '/inbox?show=answered')
  await page.locator('a.q', { hasText: 'Answer 6 of six' }).click()
  await page.locator('.msg.me', { hasText: 'Answer 6 of six' }).getByText(/Written by Mara Okonjo, by hand/).waitFor()
  await page.goto(kith.url + '/')
  await has(page, 'Nobody is waiting')
})

test('a conversation is put off, done and taken back by its keys, and Escape leaves', async (t) => {
  const { kith, page } = await six(t, { viewport: { width: 1440, height: 900 } })
  await page.goto(kith.url + '/inbox')
  await has(page, QUESTIONS[0])
  await axe(page)
  // The first row, opened by keys.
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/inbox\/[0-9a-f]{32}/)
  await page.locator('.thread .said', { hasText: QUESTIONS[0] }).waitFor()
  await axe(page)

  // A key in the box is a letter.
  await page.keyboard.press('r')
  await page.keyboard.type('eh')
  assert.equal(await page.locator('#reply').inputValue(), 'eh')
  await page.locator('#reply').fill('')
  await page.keyboard.press('Escape')

  await page.keyboard.press('h')
  const tomorrow = page.getByRole('button', { name: /Tomorrow at 08:00/ })
  await tomorrow.waitFor()
  await axe(page)
  await tomorrow.click()
  await page.locator('.toast', { hasText: /comes back/ }).waitFor()
  await axe(page)
  await page.goto(kith.url + '/inbox?show=later')
  await page.locator('a.q', { hasText: QUESTIONS[0] }).waitFor()
  await page.getByText(/still waiting/).waitFor()
  await page.goto(kith.url + '/inbox')
  assert.equal(await page.locator('a.q', { hasText: QUESTIONS[0] }).count(), 0)

  await page.locator('a.q', { hasText: QUESTIONS[1] }).click()
  await page.locator('.thread .said', { hasText: QUESTIONS[1] }).waitFor()
  await page.keyboard.press('e')
  await page.locator('.toast', { hasText: /^Done with/ }).waitFor()
  await page.locator('.thread .said', { hasText: QUESTIONS[2] }).waitFor()
  await page.keyboard.press('u')
  await page.locator('.toast', { hasText: 'Taken back.' }).waitFor()
  await page.locator('.thread .said', { hasText: QUESTIONS[1] }).waitFor()

  await page.goto(kith.url + '/begin')
  await page.locator('#reply').waitFor()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await page.waitForURL(kith.url + '/')
})

test('a message is liked by its key, once, and words are found again', async (t) => {
  const { kith, page } = await six(t)
  await page.goto(kith.url + '/inbox')
  await page.locator('a.q', { hasText: QUESTIONS[3] }).click()
  await page.locator('.thread .said', { hasText: QUESTIONS[3] }).waitFor()
  await page.keyboard.press('l')
  await page.locator('.toast', { hasText: /^You liked/ }).waitFor()
  await page.locator('.acts .done', { hasText: 'You liked this' }).waitFor()
  const given = page.getByRole('button', { name: /^You liked this/, pressed: true })
  await given.waitFor()
  await axe(page)
  await kith.pass('1m')
  await page.keyboard.press('l')
  await page.locator('.toast', { hasText: /^You took your like/ }).waitFor()
  assert.equal(await given.count(), 0)
  await kith.pass('1m')
  await page.keyboard.press('l')
  await given.waitFor()
  await axe(page)

  await page.goto(kith.url + '/inbox')
  await page.keyboard.press('/')
  await page.keyboard.type('OLD WHEEL')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Found' }).waitFor()
  await page.locator('a.q', { hasText: 'old wheel' }).first().waitFor()
  await axe(page)
})

test('on a phone in the dark one pane at a time, with the end in sight', async (t) => {
  const { kith, page } = await six(t, { viewport: { width: 390, height: 844 }, colorScheme: 'dark' })
  const sideways = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  const stop = async () => { assert.ok((await sideways()) <= 0, page.url()); await axe(page) }
  await page.goto(kith.url + '/inbox')
  await has(page, QUESTIONS[0])
  await stop()
  await page.locator('a.q').first().click()
  await page.locator('#reply').waitFor()
  assert.equal(await page.locator('.list').isVisible(), false)
  await stop()
  await page.locator('.thread h1 a').click()
  await page.locator('.person h1').waitFor()
  assert.equal(await page.locator('.thread').isVisible(), false)
  await stop()
  await page.goto(kith.url + '/begin')
  await page.locator('#reply').waitFor()
  await stop()
  for (let n = 0; n < QUESTIONS.length; n++) {
    await page.locator('#reply').fill(`From the bus, ${n + 1}.`)
    await page.getByRole('button', { name: /^send and next/i }).click()
    await page.locator('.toast', { hasText: `From the bus, ${n + 1}.` }).waitFor()
  }
  await page.getByRole('heading', { name: 'Nobody is waiting.' }).waitFor()
  await stop()
})

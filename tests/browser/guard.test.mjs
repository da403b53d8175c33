// Journey 7: an answer and a direct message can't be planned, neither on the page nor by a program; each time the way
// out is named.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { axe, closeBrowser, openPage, startKith } from './harness.mjs'

after(closeBrowser)
const run = promisify(execFile)
const ANSWERS = ['@jo what a fine bowl', 'DM @jo see you on Friday', 'https://clay.example/@jo/113456789012345678 yes, the left one']

test('what is written to one person is not planned on the page, and the way leads to the inbox', async (t) => {
  const kith = await startKith(t, { opensAt: '2026-11-23T09:00:00Z', args: ['--people', '6'] })
  const page = await openPage(t, kith.link, { expected: /status of 422/ })
  await page.getByRole('button', { name: /open kith/i }).click()
  await page.waitForURL(kith.url + '/')
  for (const [at, text] of ANSWERS.entries()) {
    await page.goto(kith.url + '/write')
    await page.locator('#text').fill(text)
    await page.getByText('Replies are written now, by you').first().waitFor()
    assert.equal(await page.getByRole('button', { name: /Put in plan/ }).count(), 0, 'there is no button that plans it')
    if (at === 0) {
      await axe(page)
      await page.emulateMedia({ colorScheme: 'dark' })
      await page.setViewportSize({ width: 390, height: 844 })
      await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished)))
      await axe(page)
      await page.emulateMedia({ colorScheme: 'light' })
      await page.setViewportSize({ width: 1440, height: 900 })
    }
    // A form made by hand is refused as well, with the words kept.
    const forged = await page.evaluate(async (text) => {
      const form = new FormData(document.querySelector('#write'))
      const body = new URLSearchParams([...form].filter(([, value]) => typeof value === 'string'))
      body.set('text', text)
      body.set('do', 'plan')
      const answer = await fetch('/write', { method: 'POST', body })
      return { status: answer.status, html: await answer.text() }
    }, text)
    assert.equal(forged.status, 422)
    assert.ok(forged.html.includes('Replies are written now, by you') && forged.html.includes('href="/inbox"'))
  }
  const list = await page.evaluate(async () => (await fetch('/plan?show=coming')).text())
  assert.ok(!list.includes('fine bowl') && !list.includes('see you on Friday'))
  await page.getByRole('link', { name: 'Open the Inbox' }).last().click()
  await page.waitForURL(/\/inbox/)
})

test('a program with a key is told the same', async (t) => {
  const kith = await startKith(t, { opensAt: '2026-11-23T09:00:00Z', args: ['--people', '0'] })
  const made = await run(process.env.KITH_BIN, ['--data', kith.data, 'key', 'add', '--name', 'calendar script', '--scope', 'plan'])
  const key = made.stdout.match(/kith_\S+/)[0]
  const ask = async (post) => {
    const answer = await fetch(`${kith.url}/api/v1/posts`, {
      method: 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ channel: 'practice', at: '2026-12-01 09:30', ...post }),
    })
    return { status: answer.status, said: await answer.text() }
  }
  for (const text of ANSWERS) {
    const { status, said } = await ask({ text })
    assert.deepEqual([status, /replies are written now, by you, in the inbox/.test(said)], [422, true], said)
  }
  for (const field of ['in_reply_to_id', 'to', 'visibility']) {
    const { status, said } = await ask({ text: 'See you on Friday', [field]: 'direct' })
    assert.deepEqual([status, /written now, by a person, in the inbox/.test(said)], [422, true], said)
  }
  assert.equal((await ask({ text: 'The ash bowls are out of the kiln.' })).status, 201, 'a broadcast is planned')
})

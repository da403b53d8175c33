// Many tabs of one person: all hear of what happens, over one stream, and the next one listens when the first is closed.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { closeBrowser, openPage, startKith } from './harness.mjs'

after(closeBrowser)

const TABS = 8 // more than the six connections that a browser keeps to one server

test('eight tabs hear of a message over one stream, and go on when the listening one is closed', async (t) => {
  const kith = await startKith(t, { opensAt: '2026-11-23T10:00:00Z', args: ['--people', '1'] })
  const page = await openPage(t, kith.link)
  await page.getByRole('button', { name: /open kith/i }).click()
  await page.waitForURL(kith.url + '/')
  const streams = new Set()
  const watch = (tab) => tab.on('request', (request) => { if (request.url().endsWith('/events')) streams.add(tab) })
  const tabs = []
  for (let n = 0; n < TABS; n++) {
    const tab = await page.context().newPage()
    watch(tab)
    await tab.goto(kith.url + '/inbox')
    tabs.push(tab)
  }
  assert.equal(streams.size, 0, 'the first page listens for all')

  const url = kith.printed.match(/Practice server: (\S+)/)[1].replace(/\/$/, '')
  const state = await (await fetch(url + '/practice/state')).json()
  const post = state.owner_statuses.at(-1)
  const write = async (text) => {
    const answer = await fetch(url + '/practice/act', {
      method: 'POST', headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ as: 'any', do: 'reply', status_id: post.id ?? post, text }),
    })
    assert.ok(answer.ok)
    await kith.pass('5m')
  }
  await write('Is this heard everywhere?')
  for (const tab of tabs) await tab.getByText('Is this heard everywhere?').first().waitFor({ timeout: 20_000 })

  await page.close()
  for (let n = 0; n < 100 && streams.size === 0; n++) await tabs[0].waitForTimeout(50)
  assert.equal(streams.size, 1, 'the next tab listens')
  await write('And this, after the first tab is gone?')
  for (const tab of tabs) await tab.getByText('And this, after the first tab is gone?').first().waitFor({ timeout: 20_000 })
})

// From drifting to remembered: somebody kept writing and heard nothing; the owner answers, writes down what she learned,
// promises something, and the promise is due on its day. Two contacts are made one, and parted again as they were.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { axe, closeBrowser, openPage, startKith } from './harness.mjs'

after(closeBrowser)
const folders = []
after(() => { for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true }) })

const OPENS = '2026-11-23T10:00:00Z'
const sideways = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
const network = async (kith, path, order) => {
  const url = kith.printed.match(/Practice server: (\S+)/)[1].replace(/\/$/, '')
  const answer = await fetch(url + path, order && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(order) })
  const text = await answer.text()
  assert.equal(answer.status, 200, `${path}: ${text}`)
  return text && JSON.parse(text)
}

test('a fact and a promise are kept with a person; on its day the promise is due; two are made one and parted', async (t) => {
  const kith = await startKith(t, { opensAt: OPENS, args: ['--people', '20'] })
  const page = await openPage(t, kith.link, { viewport: { width: 1440, height: 900 } })
  await page.getByRole('button', { name: /open kith/i }).click()
  await page.waitForURL(kith.url + '/')
  const post = (await network(kith, '/practice/state')).owner_statuses.at(-1)
  const people = await network(kith, '/practice/people')
  const [hanne, other] = people.filter((person) => !person.handle.includes('_'))
  for (const words of ['I fired my first wood kiln.', 'Nobody here to tell, so: telling you.', 'It is a Rohde, by the way.']) {
    await network(kith, '/practice/act', { as: hanne.handle, do: 'reply', status_id: post.id ?? post, text: words })
  }
  await network(kith, '/practice/act', { as: other.handle, do: 'reply', status_id: post.id ?? post, text: 'Mine is gas.' })
  await kith.pass('10m')

  await page.goto(kith.url + '/people')
  await axe(page)
  assert.equal(await sideways(page), 0)
  const row = page.locator('.row', { hasText: hanne.handle }).first()
  await row.locator('a.q').click()
  await page.getByRole('heading', { level: 1, name: hanne.name }).waitFor()
  const here = page.url()
  await page.keyboard.press('m')
  await page.keyboard.type('kiln: Rohde 100')
  await page.keyboard.press('Enter')
  await page.locator('.facts li', { hasText: 'Rohde 100' }).waitFor()
  await page.getByText('Promise something').click()
  await page.getByLabel('What you will do').fill('send the recipe card')
  await page.getByRole('button', { name: 'Promise', exact: true }).click()
  await page.locator('.promise', { hasText: 'You promised: send the recipe card' }).waitFor()
  assert.equal(await page.locator('.promise.due').count(), 0, 'it is not due before its day')
  await axe(page)
  assert.equal(await sideways(page), 0)

  // The next morning it is due: first in the list of people, and on the person's page.
  for (let n = 0; n < 3; n++) { await kith.pass('8h'); await page.goto(kith.url + '/people') }
  await page.goto(kith.url + '/')
  await page.getByRole('heading', { name: 'You promised' }).waitFor()
  await axe(page)
  await page.goto(kith.url + '/people')
  assert.match(await page.locator('.rows .row').first().innerText(), /You promised: send the recipe card/)
  await page.goto(here)
  await page.locator('.promise.due').waitFor()
  await page.getByRole('button', { name: 'Kept' }).click()
  await page.getByText('Promises before').waitFor()
  assert.equal(await page.locator('.promise').count(), 0)

  // One person or two: side by side, made one, and parted exactly.
  const facts = await page.locator('.memory .facts').first().innerText()
  const handles = await page.locator('.also').innerText()
  await page.goto(kith.url + '/people?q=' + encodeURIComponent(other.name))
  await page.locator('.row a.q').first().click()
  const address = (await page.locator('.also li > :is(a, span:not(.net, .dim))').first().innerText()).trim()
  await page.goto(here)
  await page.getByLabel('The address of the same person elsewhere').fill(address)
  await page.getByRole('button', { name: 'Side by side' }).last().click()
  await page.getByRole('heading', { name: 'One person or two?' }).waitFor()
  await axe(page)
  await page.getByRole('button', { name: 'They are one person' }).click()
  await page.getByText('They are one person now.').waitFor()
  assert.equal(await page.locator('.also li').count(), 2)
  await page.getByText('Mine is gas.').first().waitFor()
  await page.keyboard.press('u')
  await page.getByText('They are two people again, as they were.').waitFor()
  assert.deepEqual([await page.locator('.memory .facts').first().innerText(), await page.locator('.also').innerText()], [facts, handles])

  await page.setViewportSize({ width: 390, height: 844 })
  await page.emulateMedia({ colorScheme: 'dark' })
  for (const address of [here, kith.url + '/people']) {
    await page.goto(address)
    await axe(page)
    assert.equal(await sideways(page), 0, address)
  }
})

test('who wrote three times and heard nothing for two months is a card on Today, until the owner writes by her own hand', async (t) => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'kith-drifting-'))
  folders.push(dir)
  const come = async (kith) => {
    const page = await openPage(t, kith.link, { viewport: { width: 1440, height: 900 } })
    await page.getByRole('button', { name: /open kith/i }).click()
    await page.waitForURL(kith.url + '/')
    return page
  }
  const before = await startKith(t, { dir, opensAt: OPENS, args: ['--people', '20'] })
  const first = await come(before)
  const post = (await network(before, '/practice/state')).owner_statuses.at(-1)
  const [hanne] = (await network(before, '/practice/people')).filter((person) => !person.handle.includes('_'))
  for (const words of ['I fired my first wood kiln.', 'Nobody here to tell, so: telling you.', 'It is a Rohde, by the way.']) {
    await network(before, '/practice/act', { as: hanne.handle, do: 'reply', status_id: post.id ?? post, text: words })
    await before.pass('5m')
  }
  // Put away without a word, as happens on a full day.
  await first.goto(before.url + '/inbox')
  await first.locator('.row', { hasText: hanne.name }).first().locator('a').first().click()
  await first.getByText('It is a Rohde, by the way.').first().waitFor()
  await first.keyboard.press('e')
  await first.getByText(/^Done with/).waitFor()
  await first.goto(before.url + '/')
  assert.equal(await first.locator('section', { hasText: 'Drifting' }).filter({ hasText: hanne.name }).count(), 0, 'nobody drifts in a day')
  await first.goto('about:blank')
  await before.stop()

  // Two months in which this machine was off; the old session is over.
  const kith = await startKith(t, { dir, opensAt: '2027-01-24T10:00:00Z', args: ['--people', '20'] })
  await kith.pass('5m')
  const page = await come(kith)
  const card = page.locator('section', { has: page.getByRole('heading', { name: 'Drifting' }) }).locator('.row', { hasText: hanne.name })
  await card.waitFor()
  assert.match(await card.innerText(), /It is a Rohde, by the way\.[^]*Wrote 3 times\. You have not answered yet\./)
  await axe(page)
  assert.equal(await sideways(page), 0)
  await page.setViewportSize({ width: 390, height: 844 })
  await page.emulateMedia({ colorScheme: 'dark' })
  await axe(page)
  assert.equal(await sideways(page), 0)
  await page.setViewportSize({ width: 1440, height: 900 })

  await card.getByRole('link', { name: /^Answer this/ }).click()
  await page.getByText('It is a Rohde, by the way.').first().waitFor()
  await page.locator('#reply').fill('I owe you this since November: how hot did it get, and what came out?')
  await page.getByRole('button', { name: /^Send/ }).click()
  await page.getByText('has your answer.').waitFor()
  await axe(page)
  const said = (await network(kith, '/practice/state')).owner_statuses.filter((status) => status.text.includes('I owe you this since November'))
  assert.equal(said.length, 1, 'it is on the network, once')
  await page.goto(kith.url + '/')
  await page.getByRole('heading', { level: 1 }).waitFor()
  assert.equal(await card.count(), 0, 'the card is gone')
})

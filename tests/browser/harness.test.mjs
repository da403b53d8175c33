// The harness against itself: a sound page passes, a faulty one does not.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { axe, closeBrowser, openPage } from './harness.mjs'

after(closeBrowser)

const html = (body) => 'data:text/html;charset=utf-8,' + encodeURIComponent(
  `<!doctype html><html lang="en"><head><title>Kith</title></head><body>${body}</body></html>`)

test('a sound page has no violation', async (t) => {
  const page = await openPage(t, html('<main><h1>Today</h1><button>Reply</button></main>'))
  await axe(page)
  assert.equal(await page.getByRole('heading').textContent(), 'Today')
})

test('a picture without a text is a violation that names its place', async (t) => {
  const page = await openPage(t, html('<main><h1>Today</h1><img id="logo" src="data:,"></main>'))
  await assert.rejects(axe(page), /image-alt[\s\S]*#logo/)
})

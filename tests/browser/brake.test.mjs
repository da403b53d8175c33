// The brake as its owner sees it on a phone. That posts are held, let out with a reason and let go by an answer is
// proved on the engine (crates/kith-engine/tests/it/brake.rs); its journey through the page is not written yet.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { axe, closeBrowser, openPage, startKith } from './harness.mjs'

after(closeBrowser)

const sideways = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)

test('on a phone, in the dark, what is held stands on the page without a sideways scroll', async (t) => {
  const kith = await startKith(t, { args: ['--speed', '1', '--people', '1'] })
  const page = await openPage(t, kith.url + '/styleguide', { viewport: { width: 390, height: 844 }, colorScheme: 'dark', expected: /status of 401/ })
  await page.getByRole('heading', { name: 'On hold' }).waitFor()
  await page.locator('summary', { hasText: 'Let this one out' }).first().click()
  await axe(page)
  assert.ok(await sideways(page) <= 0, 'no sideways scroll')
})

// Pictures of every screen, in both themes and on a phone: `scripts/pictures` keeps them in docs/pictures.
import fs from 'node:fs'
import path from 'node:path'
import { test, after } from 'node:test'
import { closeBrowser, openPage, startKith } from './harness.mjs'

after(closeBrowser)
const folder = path.resolve(import.meta.dirname, '../../docs/pictures')

test('pictures', async (t) => {
  fs.mkdirSync(folder, { recursive: true })
  const kith = await startKith(t, { args: ['--speed', '1'] })
  const page = await openPage(t, kith.link, { expected: /./ })
  await page.getByRole('button', { name: /open kith/i }).click()
  await page.waitForURL(kith.url + '/')
  const inboxText = await page.evaluate(async () => (await fetch('/inbox')).text())
  const thread = inboxText.match(/\/inbox\/[0-9a-f]{32}/)[0]
  const planText = await page.evaluate(async () => (await fetch('/plan?show=published')).text())
  const post = planText.match(/\/plan\/[0-9a-f]{32}/)[0]
  const screens = { today: '/', plan: '/plan', post, inbox: '/inbox', thread, settings: '/settings' }
  for (const [size, width, height] of [['', 1440, 900], ['phone-', 390, 844]]) {
    for (const theme of ['light', 'dark']) {
      await page.setViewportSize({ width, height })
      await page.emulateMedia({ colorScheme: theme })
      for (const [name, to] of Object.entries(screens)) {
        await page.goto(kith.url + to)
        await page.evaluate(() => document.fonts.ready)
        await page.screenshot({ path: path.join(folder, `${size}${name}-${theme}.png`) })
      }
    }
  }
})

// What a hostile server sends runs nowhere (reliability.md B2, S4). Between Kith and the practice network stands a proxy
// that plants raw payloads where a server could: in the words, the sender's name and address, the warning, the link.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import fs from 'node:fs'
import http from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { closeBrowser, openPage, startKith } from './harness.mjs'

after(closeBrowser)

const TRIES_MAX = 400
/// Tags and attributes that may stand in somebody's words on a page; also what Kith's own `<div>` around them has.
const TAGS = ['P', 'BR', 'A', 'SPAN', 'STRONG', 'EM', 'B', 'I', 'CODE', 'PRE', 'BLOCKQUOTE', 'UL', 'OL', 'LI', 'DEL']
const ATTRIBUTES = ['href', 'target', 'rel']

const WORDS = [
  '<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '<img src="//evil.example/pixel.gif">', '<svg onload=alert(1)>',
  '<svg><script>alert(1)</script></svg>', '<svg><animate onbegin=alert(1) attributeName=x dur=1s>', '<math><mi xlink:href="javascript:alert(1)">x</mi></math>',
  '<a href="javascript:alert(1)">x</a>', '<a href="JaVa\tScRiPt:alert(1)">x</a>', '<a href="&#106;avascript:alert(1)">x</a>',
  '<a href="data:text/html,<script>alert(1)</script>">x</a>', '<a href="vbscript:x">x</a>', '<a href="/sign-out">x</a>',
  '<iframe src="javascript:alert(1)"></iframe>', '<iframe srcdoc="<script>alert(1)</script>"></iframe>', '<object data="javascript:alert(1)"></object>',
  '<embed src="javascript:alert(1)">', '<form action="/sign-out" method="post"><button>Win</button></form>', '<input autofocus onfocus=alert(1)>',
  '<button form="answer" formaction="/sign-out">Send</button>', '<textarea name="text" form="answer">forged</textarea>', '<select onfocus=alert(1) autofocus>',
  '<details open ontoggle=alert(1)>', '<video><source onerror=alert(1)></video>', '<audio src=x onerror=alert(1)>', '<body onload=alert(1)>',
  '<style>*{display:none}</style>', '<link rel="stylesheet" href="//evil.example/x.css">', '<meta http-equiv="refresh" content="0;url=//evil.example">',
  '<base href="//evil.example/">', '<p style="position:fixed;inset:0">over all</p>', '<p id="reply" class="btn hand">x</p>', '<p data-live="/settings" data-begin>x</p>',
  '</div></main></body><script>alert(1)</script>', '<noscript><p title="</noscript><img src=x onerror=alert(1)>">', '<template><img src=x onerror=alert(1)></template>',
  '<p onclick=alert(1) onmouseover=alert(1)>x</p>', '<a href="https://ok.example" onclick=alert(1) target="_top" rel="opener">x</a>',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror=alert(1)&gt;">', '<xss autofocus tabindex=1 onfocus=alert(1)>',
  '"><script>alert(1)</script>', "'-alert(1)-'", '${alert(1)}{{alert(1)}}', '<!--<img src="--><img src=x onerror=alert(1)//">',
  '<p>\u202Egnp.exe\u0000</p>', '<svg><foreignObject><p onclick=alert(1)>x</p></foreignObject></svg>',
]
const NAME = '"><img src=x onerror=alert(2)><script>alert(2)</script>'
const WARNING = '</summary><script>alert(3)</script><img src=x onerror=alert(3)>'

/// Plants: a word `pq12qp` in what the network says becomes payload 12, every name and warning becomes one.
async function plantingProxy(t, upstream) {
  const quoted = (text) => JSON.stringify(text).slice(1, -1)
  // A stream says JSON within JSON, where every quote is escaped once more.
  const plant = (text, deeper) => {
    const put = (payload) => (deeper ? quoted(quoted(payload)) : quoted(payload))
    const q = deeper ? '\\"' : '"'
    const field = (name, payload) => [new RegExp(`${q}${name}${q}:${q}[^"]*?${q}`.replaceAll('\\"', '\\\\"'), 'g'), `${q}${name}${q}:${q}${put(payload)}${q}`]
    let out = text.replace(/pq(\d+)qp/g, (_, n) => put(WORDS[n]))
    for (const [from, to] of [field('display_name', NAME), field('spoiler_text', WARNING), field('uri', 'javascript:alert(4)')]) out = out.replace(from, () => to)
    return out
  }
  const server = http.createServer((request, response) => {
    const to = new URL(request.url, upstream)
    const headers = { ...request.headers, 'accept-encoding': 'identity' }
    const onward = http.request(to, { method: request.method, headers }, (answer) => {
      const { 'content-length': _, ...kept } = answer.headers
      response.writeHead(answer.statusCode, kept)
      answer.setEncoding('utf8')
      if (/event-stream/.test(kept['content-type'])) return answer.on('data', (part) => response.write(plant(part, false))).on('end', () => response.end())
      let text = ''
      answer.on('data', (part) => { text += part }).on('end', () => response.end(plant(text, false)))
    })
    onward.on('error', () => response.destroy())
    response.on('close', () => onward.destroy())
    request.pipe(onward)
  })
  // Only the stream of events is rewritten, so there is no other.
  server.on('upgrade', (_, socket) => socket.destroy())
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  t.after(() => { server.closeAllConnections(); server.close() })
  return `http://127.0.0.1:${server.address().port}`
}

/// A Kith that is no demo, on the server at `url`.
async function startServing(t, url, token) {
  const data = fs.mkdtempSync(path.join(os.tmpdir(), 'kith-hostile-'))
  const env = { ...process.env, KITH_DATA: data, KITH_ALLOW_PRIVATE: '1' }
  // Not waited for in place: the proxy, which lives here too, must answer meanwhile.
  const run = async (...args) => (await promisify(execFile)(process.env.KITH_BIN, args, { env })).stdout
  await run('owner', 'add', '--name', 'Ana', '--email', 'ana@example.test')
  await run('channel', 'add', 'mastodon', '--server', url, '--token', token, '--name', 'lark')
  const child = spawn(process.env.KITH_BIN, ['serve', '--listen', '127.0.0.1:0'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise((done) => child.once('close', done))
  t.after(async () => {
    child.kill('SIGINT')
    await ended
    fs.rmSync(data, { recursive: true, force: true })
  })
  let printed = ''
  child.stdout.on('data', (part) => { printed += part })
  child.stderr.on('data', (part) => { printed += part })
  await until(() => /Kith is at (http\S+)/.test(printed), () => `kith serve: ${printed}`)
  const site = printed.match(/Kith is at (http\S+)/)[1]
  const secret = (await run('owner', 'add', '--name', 'Ana', '--email', 'ana@example.test')).match(/\/welcome\/(\w+)/)[1]
  return { site, link: `${site}/welcome/${secret}` }
}

async function until(sees, what) {
  for (let i = 0; i < TRIES_MAX; i++) {
    if (await sees()) return
    await new Promise((done) => setTimeout(done, 100))
  }
  assert.fail(`never came: ${what()}`)
}

test('what a hostile server sends is shown as words and runs nowhere', async (t) => {
  const demo = await startKith(t, { args: ['--speed', '1', '--people', '1'] })
  await until(() => /Practice server: \S+/.test(demo.printed), () => 'the practice server')
  const practice = demo.printed.match(/Practice server: (\S+)/)[1].replace(/\/$/, '')
  const order = async (to, body) => {
    const answer = await fetch(practice + to, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
    assert.ok(answer.ok, `${to}: ${answer.status} ${await answer.clone().text()}`)
    return answer.json()
  }
  const { access_token: token } = await order('/practice/token', { as: 'mara' })
  const proxy = await plantingProxy(t, practice)
  const { site, link } = await startServing(t, proxy, token)

  const page = await openPage(t, link, { expected: /Content Security Policy/ })
  const dialogs = []
  page.on('dialog', (dialog) => { dialogs.push(dialog.message()); dialog.dismiss() })
  await page.getByLabel(/password/i).fill('a walk by the river')
  await page.getByRole('button', { name: 'Open Kith', exact: true }).click()
  await page.waitForURL(site + '/')

  // What was there before Kith began to listen is not fetched, so somebody knocks until she is heard.
  let knocks = 0
  await until(async () => {
    if (knocks++ % 10 === 0) await order('/practice/act', { as: 'any', do: 'mention', text: 'is anybody there?' })
    return (await page.evaluate(async () => (await fetch('/inbox')).text())).match(/data-owed="[1-9]/)
  }, () => 'the first message')
  for (const n of WORDS.keys()) await order('/practice/act', { as: 'any', do: 'mention', text: `hello${n} pq${n}qp what is this?` })
  let [addresses, same] = [[], 0]
  await until(async () => {
    const lists = await page.evaluate(async () => Promise.all(['owed', 'apart'].map(async (show) => (await fetch(`/inbox?show=${show}`)).text())))
    const now = [...new Set(lists.join('').match(/\/inbox\/[0-9a-f]{32}/g))]
    same = now.length === addresses.length ? same + 1 : 0
    addresses = now
    return addresses.length > WORDS.length && same > 10
  }, () => `${addresses.length} of ${WORDS.length} conversations`)

  const sound = async (at) => {
    const found = await page.evaluate(([tags, attributes]) => {
      const wrong = []
      for (const said of document.querySelectorAll('.said')) {
        for (const one of said.querySelectorAll('*')) {
          if (!tags.includes(one.tagName)) wrong.push(one.outerHTML)
          for (const { name, value } of one.attributes) if (!attributes.includes(name) || (name === 'href' && !/^https?:/.test(value))) wrong.push(`${one.tagName} ${name}=${value}`)
        }
      }
      for (const one of document.querySelectorAll('a[href]')) if (!/^(https?:|\/|#)/.test(one.getAttribute('href'))) wrong.push(one.outerHTML)
      const inline = [...document.querySelectorAll('script:not([src]), style, iframe, object, embed, base, [onerror], [onload], [onclick], [style]')]
      return { wrong: [...wrong, ...inline.map((one) => one.outerHTML.slice(0, 120))], wider: document.documentElement.scrollWidth - document.documentElement.clientWidth, boxes: document.querySelectorAll('textarea#reply').length }
    }, [TAGS, ATTRIBUTES])
    assert.deepEqual(found.wrong, [], at)
    assert.ok(found.wider <= 0, `${at} scrolls sideways`)
    return found
  }
  const read = []
  for (const at of addresses) {
    await page.goto(site + at)
    assert.equal((await sound(at)).boxes, 1, `${at}: one box to type in, which is ours`)
    await page.evaluate(() => { for (const warning of document.querySelectorAll('details.cw')) warning.open = true })
    assert.equal(await page.locator('#answer').getAttribute('action'), `${at}/reply`)
    read.push(await page.locator('#live-thread').textContent())
  }
  // The look itself must see what it looks for.
  await page.evaluate(() => { document.querySelector('.said').innerHTML = '<p onclick="alert(5)">x</p>' })
  await assert.rejects(sound('a page that was spoilt by hand'), /onclick/)
  const missing = [...WORDS.keys()].filter((n) => !read.some((text) => text.includes(`hello${n} `)))
  assert.deepEqual(missing, [], 'every message was there to be read')
  const all = read.join(' ')
  assert.ok(!/pq\d+qp/.test(all), 'every payload was planted')
  assert.ok(all.includes('onerror=alert(3)'), 'the warning stands there as text, so it was planted')
  assert.ok(read.some((text) => text.includes('onerror=alert(2)')), 'the name stands there as text, so it was planted')
  for (const at of ['/', '/inbox', '/inbox?show=apart', '/settings', '/plan?show=all']) {
    await page.goto(site + at)
    await sound(at)
  }
  assert.deepEqual(dialogs, [], 'nothing ran')
})

// An answer is on the network once, whatever becomes of the page, and its words are never lost. No browser is needed:
// these are the presses and closed pages of one, made by hand so that they can be cut off at any moment.
import assert from 'node:assert/strict'
import http from 'node:http'
import { test } from 'node:test'
import { startKith } from './harness.mjs'

const TRIES_MAX = 200
/// Looks at a page, 50 ms apart, before words that still stand in its box count as not sent.
const LOOKS = 20
const POSTING = { method: 'POST', path_prefix: '/api/v1/statuses' }

/// Ana's browser as far as it is needed, and the network behind Kith.
async function begin(t) {
  const kith = await startKith(t, { args: ['--speed', '1'] })
  await until(() => /Practice server: \S+/.test(kith.printed), 'the practice server is named')
  const practice = kith.printed.match(/Practice server: (\S+)/)[1]
  let cookie = ''

  /// `cut`: a promise; when it is done the page is closed, whatever has come by then.
  function ask(method, path, { form, cut } = {}) {
    const body = form && new URLSearchParams(form).toString()
    return new Promise((done, failed) => {
      const request = http.request(kith.url + path, {
        method, agent: false,
        headers: {
          accept: 'text/html', cookie, 'sec-fetch-site': 'same-origin',
          ...(body !== undefined && { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body) }),
        },
      }, (answer) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (part) => { text += part })
        answer.on('end', () => done({ status: answer.statusCode, headers: answer.headers, text })).on('error', failed)
      })
      request.on('error', (error) => (cut ? done(null) : failed(error)))
      request.end(body)
      cut?.then(() => request.destroy(), failed)
    })
  }

  async function network(path, order) {
    const answer = await fetch(practice + path, order && {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(order),
    })
    assert.ok(answer.ok, `${path}: ${answer.status}`)
    return answer.json()
  }

  const entered = await ask('POST', new URL(kith.link).pathname, { form: {} })
  cookie = entered.headers['set-cookie'][0].split(';')[0]

  return {
    ask,
    fault: (match, effect, count) => network('/practice/faults', { match, effect, count }),
    behave: () => network('/practice/faults/reset', {}),
    onTheNetwork: async (words) => (await network('/practice/state')).owner_statuses.filter((post) => post.text.includes(words)).length,
    /// Somebody writes; gives the conversation's address.
    async written(words) {
      await network('/practice/act', { as: 'any', do: 'mention', text: words })
      let rows
      await until(async () => (rows = (await ask('GET', '/inbox')).text.split('<li class="row')).some((row) => row.includes(words)), words)
      return rows.find((row) => row.includes(words)).match(/\/inbox\/[0-9a-f]{32}/)[0]
    },
    async look(path) { return read(await ask('GET', path)) },
    async press(path, gesture, text) { return read(await ask('POST', `${path}/reply`, { form: { gesture, text } })) },
  }
}

/// What a page with a reply box says.
function read({ status, text }) {
  const said = text.split('<div class="said voice">').slice(1).map((part) => part.split('</div>')[0])
  return {
    status,
    // Of the box: other presses on the page (like, follow) have gestures of their own.
    gesture: text.match(/<form id="answer"[^>]*><input type="hidden" name="gesture" value="([^"]+)"/)?.[1],
    box: text.match(/<textarea[^>]*>([^<]*)/)?.[1],
    why: text.match(/role="alert">(.*?)<\/p>/s)?.[1].replace(/<[^>]+>/g, '') ?? '',
    said: (words) => said.filter((one) => one.includes(words)).length,
    text,
  }
}

async function until(sees, what) {
  for (let i = 0; i < TRIES_MAX; i++) {
    if (await sees()) return
    await new Promise((done) => setTimeout(done, 50))
  }
  assert.fail(`never came: ${what}`)
}

test('an answer whose page is closed while it is sent is followed to its end', async (t) => {
  const ana = await begin(t)
  for (const words of ['Warm to the touch.', 'Ten minutes.', 'Near the kiln.', 'Never on it.']) {
    const conversation = await ana.written(`Is it so, or: ${words.toLowerCase()}`)
    const { gesture } = await ana.look(conversation)
    const arrived = until(async () => (await ana.onTheNetwork(words)) > 0, 'the answer on the network')
    await ana.ask('POST', `${conversation}/reply`, { form: { gesture, text: words }, cut: arrived })
    let page
    await until(async () => (page = await ana.look(conversation)).box === '' && page.said(words) === 1, 'an empty box and the answer in the thread')
    assert.ok(!page.text.includes('may be there'), 'nobody has to look')
    assert.equal(await ana.onTheNetwork(words), 1)
  }
})

test('a page that is closed at once leaves nothing or one answer, never two', async (t) => {
  const ana = await begin(t)
  for (const ms of [0, 3, 6, 10, 15, 20]) {
    const [words, conversation] = [`Closed after ${ms} ms.`, await ana.written(`And after ${ms}?`)]
    const { gesture } = await ana.look(conversation)
    const closed = new Promise((done) => setTimeout(done, ms))
    await ana.ask('POST', `${conversation}/reply`, { form: { gesture, text: words }, cut: closed })
    // She comes back a moment later and presses again, if her words still stand there.
    let page
    for (let i = 0; i < LOOKS && page?.box !== ''; i++) {
      page = await ana.look(conversation)
      await new Promise((done) => setTimeout(done, 50))
    }
    if (page.box === words) await ana.press(conversation, page.gesture, words)
    assert.ok(await ana.onTheNetwork(words) <= 1, `closed after ${ms} ms`)
  }
})

test('a press that arrives twice is one answer', async (t) => {
  const ana = await begin(t)
  const conversation = await ana.written('Do you sell the salt pigs?')
  const { gesture } = await ana.look(conversation)
  const words = 'On Saturdays, at the door.'
  const both = await Promise.all([ana.press(conversation, gesture, words), ana.press(conversation, gesture, words)])
  assert.ok(both.some(({ status }) => status === 303), both.map(({ status }) => status).join(' '))
  assert.equal((await ana.press(conversation, gesture, words)).status, 303)
  assert.equal((await ana.look(conversation)).said(words), 1)
  assert.equal(await ana.onTheNetwork(words), 1)
})

test('an unconfirmed answer keeps its gesture, and pressing again finds it', async (t) => {
  const ana = await begin(t)
  const conversation = await ana.written('Is grog a must?')
  const { gesture } = await ana.look(conversation)
  await ana.fault(POSTING, 'drop_after_commit', 1)
  await ana.fault({ method: 'GET' }, { status: 500 }, 20)
  const page = await ana.press(conversation, gesture, 'Never a must.')
  assert.deepEqual([page.status, page.gesture, page.box], [422, gesture, 'Never a must.'])
  assert.match(page.why, /may be there/)
  await ana.behave()
  assert.equal((await ana.press(conversation, page.gesture, page.box)).status, 303)
  assert.equal(await ana.onTheNetwork('Never a must.'), 1)
})

test('what the network refuses stays in the box, and pressing again sends it', async (t) => {
  const ana = await begin(t)
  const conversation = await ana.written('And the lid?')
  const { gesture } = await ana.look(conversation)
  await ana.fault(POSTING, { rate_limited: { retry_after_s: 60 } }, 1)
  const page = await ana.press(conversation, gesture, 'Lids go in upside down.')
  assert.deepEqual([page.status, page.box], [422, 'Lids go in upside down.'])
  assert.match(page.why, /^Not sent/)
  assert.notEqual(page.gesture, gesture)
  assert.equal((await ana.press(conversation, page.gesture, page.box)).status, 303)
  assert.equal(await ana.onTheNetwork('Lids go in upside down.'), 1)
})

test('an empty or too long answer is refused before anything leaves', async (t) => {
  const ana = await begin(t)
  const conversation = await ana.written('How long is a tip?')
  for (const [text, why] of [['  ', /write something first/], ['long '.repeat(200), /shorten it/]]) {
    const page = await ana.press(conversation, (await ana.look(conversation)).gesture, text)
    assert.deepEqual([page.status, page.box], [422, text])
    assert.match(page.why, why)
  }
  assert.equal(await ana.onTheNetwork('long long'), 0)
})

extension Node {
    /// What a function has in place of a network: a `fetch` that asks us, line by line.
    ///
    /// We make its requests, so that our rules of hosts, addresses and certificates hold for them.
    /// Redirects are handed back. Whatever else would dial or listen is refused, which keeps what a
    /// script is told from leading it astray; a script that means harm is kept in by node's own
    /// permissions alone, as far as its version has them.
    static let network = #"""
        'use strict'
        {
          const fs = require('node:fs')
          const read = require('node:util').promisify(fs.read)

          const refuse = () => {
            throw new Error('a connector has no network of its own; it reaches hosts by fetch')
          }
          const net = require('node:net')
          net.Socket.prototype.connect = refuse
          net.Server.prototype.listen = refuse
          const dgram = require('node:dgram')
          dgram.createSocket = refuse
          for (const name of ['bind', 'connect', 'send']) dgram.Socket.prototype[name] = refuse
          process.binding = refuse
          const dns = require('node:dns')
          for (const place of [dns, dns.promises]) {
            for (const name of Object.keys(place)) {
              if (/^(lookup|resolve|reverse)/.test(name)) place[name] = refuse
            }
            place.Resolver = refuse
          }
          require('node:module').syncBuiltinESMExports()

          let rest = Buffer.alloc(0)
          const line = async () => {
            for (;;) {
              const end = rest.indexOf(10)
              if (end >= 0) {
                const text = rest.toString('utf8', 0, end)
                rest = rest.subarray(end + 1)
                return text
              }
              const { bytesRead, buffer } = await read(3, Buffer.alloc(65536), 0, 65536, null)
              if (bytesRead === 0) throw new Error('nobody answers')
              rest = Buffer.concat([rest, buffer.subarray(0, bytesRead)])
            }
          }

          // One after the other: answers come in the order of the questions.
          let turn = Promise.resolve()
          const ask = (question) => {
            const answer = turn.then(async () => {
              let bytes = Buffer.from(`${JSON.stringify({ fetch: question })}\n`)
              while (bytes.length > 0) bytes = bytes.subarray(fs.writeSync(3, bytes))
              return JSON.parse(await line())
            })
            turn = answer.catch(() => {})
            return answer
          }

          const aborted = (signal) => new Promise((_, reject) => {
            const end = () => reject(signal.reason)
            if (signal.aborted) end()
            signal.addEventListener('abort', end)
          })

          globalThis.fetch = async (input, init) => {
            const request = new Request(input, init)
            const url = new URL(request.url)
            // WHATWG's URLs leave characters as they are that RFC 3986 does not have.
            const target = `${url.pathname}${url.search}`
              .replace(/[^\w\-.~:/?@!$&'()*+,;=%]/g, encodeURIComponent)
            const asked = ask({
              url: `${url.origin}${target}`,
              method: request.method,
              headers: [...request.headers],
              body: Buffer.from(await request.arrayBuffer()).toString('base64'),
            })
            const answer = await Promise.race([asked, aborted(request.signal)])
            if (answer.error) throw new TypeError(answer.error)
            const { status, headers } = answer
            const isEmpty = [204, 205, 304].includes(status)
            const body = isEmpty ? null : Buffer.from(answer.body, 'base64')
            const response = new Response(body, { status, headers })
            Object.defineProperty(response, 'url', { value: request.url })
            return response
          }
        }

        """#
}

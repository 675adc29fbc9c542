extension Node {
    /// What node runs: it loads the function's file, calls it, and writes what it gives.
    ///
    /// A file is taken as a CommonJS module if it can be compiled as one, else as an ES module,
    /// whatever its ending; node itself would go by the ending.
    static let script = #"""
        const fs = require('node:fs')
        const path = require('node:path')
        const vm = require('node:vm')
        const { createRequire, builtinModules } = require('node:module')

        const write = (answer) => {
          let bytes = Buffer.from(`${JSON.stringify(answer)}\n`)
          while (bytes.length > 0) bytes = bytes.subarray(fs.writeSync(3, bytes))
          process.exit(0)
        }

        const parameters = ['exports', 'require', 'module', '__filename', '__dirname']
        const modules = new Map()

        const link = async (specifier, from) => {
          const isBuiltin = specifier.startsWith('node:') || builtinModules.includes(specifier)
          if (isBuiltin) return wrap(await import(specifier), specifier)
          const resolved = createRequire(from).resolve(specifier.replace(/^file:\/\//, ''))
          if (resolved.endsWith('.json')) {
            return wrap(JSON.parse(fs.readFileSync(resolved, 'utf8')), resolved)
          }
          const module = await load(resolved)
          return module instanceof vm.Module ? module : wrap(module, resolved)
        }

        const wrap = async (exports, identifier) => {
          const names = new Set(exports !== null && typeof exports === 'object'
            ? Object.keys(exports) : [])
          const namespace = exports?.[Symbol.toStringTag] === 'Module'
          if (!namespace) names.add('default')
          const module = new vm.SyntheticModule([...names], function () {
            for (const name of names) {
              this.setExport(name, name === 'default' && !namespace ? exports : exports[name])
            }
          }, { identifier })
          await module.link(() => {})
          return module
        }

        const evaluated = async (module) => {
          if (module.status === 'unlinked') await module.link((name) => link(name, module.identifier))
          if (module.status === 'linked') await module.evaluate()
          return module
        }

        const dynamic = (file) => async (name) => evaluated(await link(name, file))

        const load = async (file) => {
          if (modules.has(file)) return modules.get(file)
          const source = fs.readFileSync(file, 'utf8').replace(/^#!.*/, '')
          const importModuleDynamically = dynamic(file)
          let body
          try {
            body = vm.compileFunction(source, parameters, { filename: file, importModuleDynamically })
          } catch (error) {
            if (!(error instanceof SyntaxError)) throw error
          }
          if (body) {
            const module = { exports: {}, id: file, filename: file }
            modules.set(file, module.exports)
            body.call(module.exports, module.exports, createRequire(file), module, file,
              path.dirname(file))
            modules.set(file, module.exports)
            return module.exports
          }
          const module = new vm.SourceTextModule(source, {
            identifier: file,
            importModuleDynamically,
            initializeImportMeta: (meta) => { meta.url = `file://${file}` },
          })
          modules.set(file, module)
          return module
        }

        const find = async (file, name) => {
          let exports = await load(file)
          if (exports instanceof vm.Module) exports = (await evaluated(exports)).namespace
          const places = [exports?.[name], exports?.default?.[name], exports?.default, exports]
          const found = places.find((place) => typeof place === 'function')
          if (!found) throw new Error(`the file exports no function ${name}`)
          return found
        }

        // Requests with the credentials go to the connection's API and nowhere else.
        const apiClient = ({ baseUri, headers, query }) => {
          const request = async (options) => {
            const { url = '', method = 'GET' } = options
            const base = new URL(baseUri)
            const prefix = baseUri.replace(/\/+$/, '')
            const target = new URL(/^[a-z][a-z0-9+.-]*:/i.test(url) ? url
              : `${prefix}/${url.replace(/^\/+/, '')}`)
            if (target.origin !== base.origin) throw new Error('the API client calls its API only')
            const parameters = { ...(options.query ?? options.params ?? {}), ...query }
            for (const [name, value] of Object.entries(parameters)) {
              target.searchParams.set(name, value)
            }
            const sent = new Headers(options.headers)
            let body = options.body ?? options.data
            if (body !== undefined && body !== null && typeof body === 'object'
              && !(body instanceof URLSearchParams) && !ArrayBuffer.isView(body)) {
              body = JSON.stringify(body)
              if (!sent.has('content-type')) sent.set('content-type', 'application/json')
            }
            for (const [name, value] of Object.entries(headers)) sent.set(name, value)
            const response = await fetch(target, {
              method, headers: sent, body: body ?? undefined,
            })
            const text = await response.text()
            if (!response.ok) throw new Error(`the API answered ${response.status}`)
            try { return JSON.parse(text) } catch { return text }
          }
          const client = { request, baseUri }
          for (const method of ['get', 'delete', 'head']) {
            client[method] = (url, options) => request({ ...options, url, method: method.toUpperCase() })
          }
          for (const method of ['post', 'put', 'patch']) {
            client[method] = (url, body, options) =>
              request({ ...options, url, body, method: method.toUpperCase() })
          }
          return client
        }

        const main = async () => {
          const input = JSON.parse(fs.readFileSync(0, 'utf8'))
          fs.closeSync(0)
          const call = await find(input.file, input.function)
          const argument = input.argument
          if (argument.apiClient) argument.apiClient = apiClient(argument.apiClient)
          const value = await call(argument)
          const text = JSON.stringify(value)
          if (text !== undefined && Buffer.byteLength(text) > input.bytesMax) {
            write({ error: 'too large' })
          }
          write(text === undefined ? {} : { value: JSON.parse(text) })
        }

        const fail = (error) => {
          write({ error: 'threw', message: String(error?.message ?? error).slice(0, 2000) })
        }
        process.on('uncaughtException', fail)
        main().catch(fail)
        """#
}

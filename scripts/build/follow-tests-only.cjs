// Node 20's test runner follows every promise and every callback, to know which test an error belongs to that nobody caught: a third of the CPU of
// tests that await much. Loaded before it, this lets it follow tests alone. Such an error is laid to the test that began last and hasn't ended,
// which is the one that made it where tests of a file run one after the other; it fails in any case. Other versions of Node stay as they are.
const hooks = require('node:async_hooks')

if (process.versions.node.startsWith('20.')) {
  const { AsyncResource, createHook, executionAsyncId } = hooks
  const followers = []
  let latest
  let erring = false

  // Of tests, suites and what goes before and after them.
  class TestResource extends AsyncResource {
    constructor(type, options) {
      super(type, options)
      for (const { init } of followers) init(this.asyncId(), type, this.triggerAsyncId(), this)
    }

    runInAsyncScope(...args) {
      latest = this
      return super.runInAsyncScope(...args)
    }
  }
  const begin = (name) => {
    const onError = (error) => {
      // The runner has taken its own listener away.
      if (process.listenerCount(name) === 1) throw error
      erring = true
    }
    process.on(name, onError)
  }
  Object.assign(hooks, {
    AsyncResource: TestResource,
    // The runner asks once, when it sees the file's first test, and listens to errors right after that.
    createHook: (callbacks) => {
      followers.push(callbacks)
      for (const name of ['uncaughtException', 'unhandledRejection']) begin(name)
      const hook = { enable: () => hook, disable: () => hook }
      return hook
    },
    // And this when a test is declared, and when an error has come.
    executionAsyncId: () => {
      const asked = erring
      erring = false
      return (asked ? testUnderWay()?.asyncId() : undefined) ?? executionAsyncId()
    },
  })
  require('node:test')
  Object.assign(hooks, { AsyncResource, createHook, executionAsyncId })

  const testUnderWay = () => {
    let test = latest
    while (test?.finished) test = test.parent
    // The one without a parent is the file.
    return test?.parent ? test : undefined
  }
}

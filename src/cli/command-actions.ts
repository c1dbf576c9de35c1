/** What each command does. Its modules are loaded when it runs: those of all take a small computer seconds. */

const lazily =
  <A extends unknown[], R>(load: () => Promise<(...given: A) => R>) =>
  async (...given: A): Promise<Awaited<R>> =>
    await (await load())(...given)

export const addAccount = lazily(async () => (await import('./commands/endpoint/account.js')).addAccount)
export const showAccount = lazily(async () => (await import('./commands/endpoint/account.js')).showAccount)
export const listAccounts = lazily(async () => (await import('./commands/endpoint/account.js')).listAccounts)
export const removeAccount = lazily(
  async () => (await import('./commands/endpoint/account.js')).removeAccount,
)
export const completionCommand = lazily(
  async () => (await import('./commands/completion.js')).completionCommand,
)
export const checkConfig = lazily(async () => (await import('./commands/config.js')).checkConfig)
export const setupCommand = lazily(async () => (await import('./commands/setup.js')).setupCommand)
export const doctorCommand = lazily(async () => (await import('./commands/doctor.js')).doctorCommand)
export const exampleConfig = lazily(async () => (await import('./commands/config.js')).exampleConfig)
export const showConfig = lazily(async () => (await import('./commands/config.js')).showConfig)
export const setConfig = lazily(async () => (await import('./commands/change-config.js')).setConfig)
export const unsetConfig = lazily(async () => (await import('./commands/change-config.js')).unsetConfig)
export const editConfig = lazily(async () => (await import('./commands/edit-config.js')).editConfig)
export const conflictsCommand = lazily(
  async () => (await import('./commands/mail/conflicts.js')).conflictsCommand,
)
export const settleCommand = lazily(async () => (await import('./commands/mail/conflicts.js')).settleCommand)
export const addDevice = lazily(async () => (await import('./commands/endpoint/device.js')).addDevice)
export const declareLostCommand = lazily(
  async () => (await import('./commands/endpoint/device.js')).declareLostCommand,
)
export const listDevices = lazily(async () => (await import('./commands/endpoint/device.js')).listDevices)
export const revokeDevice = lazily(async () => (await import('./commands/endpoint/device.js')).revokeDevice)
export const duplicatesCommand = lazily(
  async () => (await import('./commands/mail/duplicates.js')).duplicatesCommand,
)
export const evictCommand = lazily(async () => (await import('./commands/mail/evict.js')).evictCommand)
export const expungedCommand = lazily(
  async () => (await import('./commands/mail/expunged.js')).expungedCommand,
)
export const fetchCommand = lazily(async () => (await import('./commands/mail/fetch.js')).fetchCommand)
export const init = lazily(async () => (await import('./commands/init.js')).init)
export const linksCommand = lazily(async () => (await import('./commands/links.js')).linksCommand)
export const listCommand = lazily(async () => (await import('./commands/mail/list.js')).listCommand)
export const logCommand = lazily(async () => (await import('./commands/mail/log.js')).logCommand)
export const problemsCommand = lazily(
  async () => (await import('./commands/mail/problems.js')).problemsCommand,
)
export const outboxCommand = lazily(async () => (await import('./commands/mail/outbox.js')).outboxCommand)
export const showOutbox = lazily(async () => (await import('./commands/mail/outbox.js')).showOutbox)
export const holdOutbox = lazily(async () => (await import('./commands/mail/change-outbox.js')).holdOutbox)
export const releaseOutbox = lazily(
  async () => (await import('./commands/mail/change-outbox.js')).releaseOutbox,
)
export const editOutbox = lazily(async () => (await import('./commands/mail/edit-outbox.js')).editOutbox)
export const retryOutbox = lazily(async () => (await import('./commands/mail/change-outbox.js')).retryOutbox)
export const cancelOutbox = lazily(
  async () => (await import('./commands/mail/change-outbox.js')).cancelOutbox,
)
export const readCommand = lazily(async () => (await import('./commands/mail/read.js')).readCommand)
export const runScheduleCommand = lazily(
  async () => (await import('./commands/schedule.js')).runScheduleCommand,
)
export const scheduleCommand = lazily(async () => (await import('./commands/schedule.js')).scheduleCommand)
export const searchCommand = lazily(async () => (await import('./commands/mail/search.js')).searchCommand)
export const serve = lazily(async () => (await import('./commands/endpoint/serve.js')).serve)
export const mailboxesCommand = lazily(async () => (await import('./commands/status.js')).mailboxesCommand)
export const status = lazily(async () => (await import('./commands/status.js')).status)
export const installService = lazily(async () => (await import('./commands/service.js')).installService)
export const removeService = lazily(async () => (await import('./commands/service.js')).removeService)
export const showService = lazily(async () => (await import('./commands/service.js')).showService)
export const syncCommand = lazily(async () => (await import('./commands/sync.js')).syncCommand)
export const usageCommand = lazily(async () => (await import('./commands/usage.js')).usageCommand)
export const waitingCommand = lazily(async () => (await import('./commands/mail/waiting.js')).waitingCommand)

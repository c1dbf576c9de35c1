import { Option } from 'commander'
import {
  addAccount,
  addDevice,
  declareLostCommand,
  listAccounts,
  listDevices,
  removeAccount,
  revokeDevice,
  serve,
  showAccount,
} from '../command-actions.js'
import { endpointSettings } from '../settings/endpoint-settings.js'
import { collect } from './options.js'
import type { Toolkit } from './toolkit.js'

/** What is done at an endpoint. */
export function addEndpointCommands({ program, command, group, settingOption }: Toolkit): void {
  command(program, 'serve', 'run the endpoint: answer devices, for one account or several', serve)
    .option('--account <name=maildir:path>', 'an account, remembered; can be repeated', collect)
    .addOption(settingOption(endpointSettings.settings.listen, 'where to listen'))
    .addOption(settingOption(endpointSettings.settings.address, 'the address that devices use, if another'))
    .addOption(settingOption(endpointSettings.settings.certificate, 'PEM, for devices added with --tls'))
    .addOption(settingOption(endpointSettings.settings.key, 'its key, PEM'))
    .addOption(settingOption(endpointSettings.settings.plain, 'unencrypted HTTP, for a TLS proxy here'))
    .addOption(settingOption(endpointSettings.settings.reader, 'serve the reader for browsers, at /reader/'))
    .addOption(settingOption(endpointSettings.settings.logLevel, 'how much to log'))
    .addOption(settingOption(endpointSettings.settings.log, 'lines for people, or JSON'))
    .addOption(settingOption(endpointSettings.settings.metrics, 'answer /metrics and /healthz there'))
    .option('--allow-plain', 'with --plain, listen beyond loopback too')
    .option('--check', 'try the mail store of each account, and end')
    .example('packetboat serve --account me=maildir:~/Maildir', 'the first time')
    .example('packetboat serve', 'from then on')

  const device = group('device', 'the devices that can sync with this endpoint')
  command(
    device,
    'add <account> <name>',
    'pair a device: print a pairing string for packetboat init',
    addDevice,
  )
    .option('--address <host:port>', 'the address at which this device reaches the endpoint')
    .option('--tls', 'use the certificate and a token instead of a key, as proxies need')
    .option('--reader', 'pair a browser: print a link, and its QR code')
    .example('packetboat device add me laptop --address mail.example.org:4190', '')
  command(device, 'list [account]', 'list devices, and what each has yet to receive', listDevices)
  command(device, 'lost <device>', 'stop keeping anything for a device that is gone', declareLostCommand)
  command(device, 'revoke <device> [account]', 'shut a device out, by name or id', revokeDevice)

  const account = group('account', 'the accounts of this endpoint')
  command(account, 'list', 'list accounts, and where their mail is', listAccounts)
  command(account, 'add <name> <mail>', 'serve another account: maildir:PATH or imap:USER@HOST', addAccount)
    .option('--password-file <file>', 'an IMAP password, on its first line')
    .option('--password-command <command>', 'a command that prints the password')
    .option('--token-command <command>', 'a command that prints an OAuth2 token')
    .addOption(
      new Option('--tls <how>', 'how the connection to the IMAP server is encrypted').choices([
        'tls',
        'starttls',
        'none',
      ]),
    )
    .example('packetboat account add ann maildir:/home/ann/Maildir', '')
    .example('packetboat account add club imap:me@example.org --password-file pw', '')
  command(account, 'show <name>', 'show where an account is, and its devices', showAccount)
  command(account, 'remove <name>', 'stop serving an account; its mail stays', removeAccount)
}

import { writeFileSync } from 'node:fs'
import { run, startDaemon } from '../process.js'
import { clientMailOf, type Peer, serverMailOf } from './peer.js'

const options = ['-rt', '-z', '--zc=zstd', '--zl=19', '--delete', '--partial']

/** A mirror, no synchroniser: there for what a plain copy costs. */
export const rsync: Peer = {
  name: 'rsync',
  settings: `\`${options.join(' ')}\` from its daemon: a mirror of the server, nothing goes up`,
  needs: { rsync: 'rsync', ip: 'iproute2' },
  twoWay: false,
  realTime: true,
  open: async (place) => {
    const { line, root } = place
    const config = `${root}/rsyncd.conf`
    writeFileSync(
      config,
      `uid = root\ngid = root\nuse chroot = no\n[mail]\npath = ${serverMailOf(place)}\nread only = no\n`,
    )
    const where = [
      `--address=${line.serverHost}`,
      '--port=8730',
      `--config=${config}`,
      `--log-file=${root}/rsyncd.log`,
    ]
    const daemon = startDaemon(line.on('server', ['rsync', '--daemon', '--no-detach', ...where]))
    const from = `rsync://${line.serverHost}:8730/mail/`
    return {
      peer: rsync,
      serverMail: serverMailOf(place),
      clientMail: clientMailOf(place),
      sync: (given = {}) =>
        run(line.on('client', ['rsync', ...options, from, `${clientMailOf(place)}/`]), given),
      changed: async () => undefined,
      close: () => daemon.stop(),
    }
  },
}

// Deterministic seed data as CSV, so that any other stack can load the very same rows.
// usage: node gen.mjs <outdir>  ->  <outdir>/{base,p1000,p10000,p50000}/<Table>.csv, ids.txt, tokens.json
import fs from 'node:fs'
import { SignJWT } from 'jose'

const out = process.argv[2]
const secret = new TextEncoder().encode(process.env.JWT_SECRET)
let [a, b, c, d] = [1, 2, 3, 4] // sfc32: 128 bits of state, so that ids do not collide
const rnd = () => {
  const t = (((a + b) | 0) + d) | 0
  d = (d + 1) | 0
  a = b ^ (b >>> 9)
  b = (c + (c << 3)) | 0
  c = (((c << 21) | (c >>> 11)) + t) | 0
  return (t >>> 0) / 2 ** 32
}
const int = (n) => Math.floor(rnd() * n)
const pick = (a) => a[int(a.length)]
const id = () => Array.from({ length: 15 }, () => 'abcdefghijklmnopqrstuvwxyz0123456789'[int(36)]).join('')
const words = 'we met and agreed the next mix goes out before Friday so please check the captions on page two and tell me if colour contrast reads well on your phone thanks'.split(' ')
const text = (n) => { let t = ''; while (t.length < n) t += pick(words) + ' '; return t.trim() }
const when = (day) => new Date(1.7e12 + day * 864e5 + int(864e5)).toISOString().replace('T', ' ').slice(0, 23)

const cols = {
  Client: 'id,clerkId,email,name,stripeCustomerId,archivedAt,createdAt,updatedAt',
  Project: 'id,clientId,title,serviceType,status,createdAt,updatedAt',
  Milestone: 'id,projectId,title,sortOrder,status,dueDate,createdAt',
  Session: 'id,projectId,title,date,durationMin,notes,calendarEventId,createdAt',
  Goal: 'id,projectId,title,description,done,createdAt',
  Attachment: 'id,projectId,filename,url,size,mimeType,uploadedBy,createdAt',
  Deliverable: 'id,projectId,title,status,attachmentId,createdAt',
  ActionItem: 'id,projectId,title,done,dueDate,createdAt',
  Comment: 'id,sessionId,milestoneId,goalId,body,authorName,isJames,createdAt,editedAt,deletedAt',
  Booking: 'id,clientId,calendarEventId,title,startTime,endTime,status,createdAt',
}

function sink(dir) {
  fs.mkdirSync(`${out}/${dir}`, { recursive: true })
  const rows = Object.fromEntries(Object.keys(cols).map((t) => [t, [cols[t]]]))
  return {
    add: (table, ...v) => rows[table].push(v.map((x) => x ?? '').join(',')),
    end: () => Object.keys(cols).forEach((t) => fs.writeFileSync(`${out}/${dir}/${t}.csv`, rows[t].join('\n') + '\n')),
  }
}

function client(to, n) {
  const c = { id: id(), clerkId: `user_${n}` }
  to.add('Client', c.id, c.clerkId, `client${n}@example.com`, `Client ${n}`, `cus_${n}`, null, when(0), when(1))
  for (let i = 0; i < 10; i++) to.add('Booking', id(), c.id, `cal_${n}_${i}`, text(20), when(i), when(i), 'confirmed', when(0))
  return c
}

// Adds one set of children: 8 milestones, 12 sessions, 6 goals, 6 deliverables, 10 actions, 8 files, 60 comments = 110.
function children(to, project) {
  const threads = []
  const attachments = []
  for (let i = 0; i < 8; i++) {
    threads.push([null, id(), null])
    to.add('Milestone', threads.at(-1)[1], project, text(24), i, pick(['TODO', 'ACTIVE', 'DONE']), when(i * 7), when(2))
  }
  for (let i = 0; i < 12; i++) {
    threads.push([id(), null, null])
    to.add('Session', threads.at(-1)[0], project, text(24), when(i * 7), 60, text(300), null, when(2))
  }
  for (let i = 0; i < 6; i++) {
    threads.push([null, null, id()])
    to.add('Goal', threads.at(-1)[2], project, text(24), text(140), int(2), when(2))
  }
  for (let i = 0; i < 8; i++) {
    attachments.push(id())
    to.add('Attachment', attachments[i], project, `mix-${i}.wav`, `/files/${attachments[i]}/mix-${i}.wav`, int(5e7), 'audio/wav', 'james', when(3))
  }
  for (let i = 0; i < 6; i++)
    to.add('Deliverable', id(), project, text(24), pick(['PENDING', 'IN_PROGRESS', 'DELIVERED', 'APPROVED']), i < 4 ? attachments[i] : null, when(3))
  for (let i = 0; i < 10; i++) to.add('ActionItem', id(), project, text(40), int(2), i % 2 ? when(20) : null, when(3))
  for (let i = 0; i < 60; i++) comment(to, threads[i % threads.length])
  return threads
}
const comment = (to, thread) => {
  const james = int(2)
  to.add('Comment', id(), ...thread, text(160), james ? 'James' : 'Client', james, when(30), null, null)
}
const project = (to, clientId, pid = id()) => {
  to.add('Project', pid, clientId, text(24), pick(['SOFTWARE', 'ACCESSIBILITY', 'AUDIO', 'PRODUCTION', 'MUSICIAN']), pick(['ACTIVE', 'IN_REVIEW', 'COMPLETED', 'ON_HOLD']), when(1), when(1))
  return pid
}
const token = (sub, role) =>
  new SignJWT({ name: sub, role }).setProtectedHeader({ alg: 'HS256' }).setSubject(sub).setIssuedAt().setExpirationTime('30d').sign(secret)

const base = sink('base')
const lines = []
for (let n = 0; n < 200; n++) {
  const c = client(base, n)
  const jwt = await token(c.clerkId, 'client')
  for (let i = 0; i < 5; i++) {
    const pid = project(base, c.id)
    const threads = children(base, pid)
    lines.push(`${pid} ${threads[10][0]} ${jwt}`) // project, one of its sessions, its owner's token
  }
}
const owner = client(base, 999)
base.end()

for (const n of [1000, 10000, 50000]) {
  const to = sink(`p${n}`)
  const pid = project(to, owner.id, `big${n}`.padEnd(15, 'x'))
  let threads
  for (let i = 0; i + 110 <= n; i += 110) threads = children(to, pid)
  for (let i = 0; i < n % 110; i++) comment(to, threads[i % threads.length])
  to.end()
}
fs.writeFileSync(`${out}/ids.txt`, lines.join('\n') + '\n')
fs.writeFileSync(`${out}/tokens.json`, JSON.stringify({ admin: await token('admin', 'admin'), owner: await token(owner.clerkId, 'client') }))

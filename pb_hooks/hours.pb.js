/// <reference path="../pb_data/types.d.ts" />

// An example of an automation of your own: the minutes worked in a month, per client and project, and how many of them are on no
// invoice yet, as a table for the books.
//
//   GET /api/studio/hours.csv?month=2026-11     (without month: the current one)
//
// Only the owner may ask. It reads and changes nothing. From a terminal, with a token of the owner's:
//
//   curl -OJ -H "Authorization: $TOKEN" "https://portal.example.com/api/studio/hours.csv?month=2026-11"
//
// To change it, edit this file and save: the running server reads it again by itself. The columns are in the query and in
// `lines`; the time zone in which a month begins is the constant `zone`. A file beside this one whose name ends in .pb.js is
// another automation; it can also answer to changes of records (onRecordAfterCreateSuccess) or run by the clock (cronAdd).
// To switch it off, delete this file or give it another ending (hours.pb.js.off).
//
// What else there is to call is described in PocketBase's documentation, in the part "Extend with JavaScript"; and an editor
// that knows TypeScript completes the names by the file types.d.ts, which the server writes into its data directory.
//
// The one trap: each handler runs in a JavaScript engine of its own and sees nothing of this file outside itself.
routerAdd("GET", "/api/studio/hours.csv", (e) => {
    const zone = "Europe/London"

    const now = new DateTime().time().in(new Timezone(zone))
    const month = e.request.url.query().get("month") || now.format("2006-01")
    if (!/^20\d\d-(0[1-9]|1[0-2])$/.test(month)) {
        throw new BadRequestError("Write the month as year and month, such as 2026-11.")
    }
    const [year, number] = month.split("-").map(Number)
    const monthAfter = new Date(Date.UTC(year, number, 1)).toISOString().slice(0, 7) // JavaScript counts months from 0
    const midnight = (month) => new DateTime(month + "-01 00:00:00", zone).string()

    const rows = arrayOf(new DynamicModel({ client: "", project: "", minutes: 0, toBill: 0 }))
    $app.db().newQuery(`
        SELECT iif(c.name != '', c.name, c.email) AS client, p.title AS project, sum(s.durationMin) AS minutes,
            sum(iif(s.invoice = '', s.durationMin, 0)) AS toBill
        FROM sessions s JOIN projects p ON p.id = s.project JOIN clients c ON c.id = p.client
        WHERE s.date >= {:from} AND s.date < {:to}
        GROUP BY p.id
        ORDER BY iif(c.name != '', c.name, c.email) COLLATE NOCASE, c.id, p.title COLLATE NOCASE, p.id
    `).bind({ from: midnight(month), to: midnight(monthAfter) }).all(rows)

    // A spreadsheet would run a cell that begins like a formula; after an apostrophe it is text.
    const cell = (value) => {
        const text = String(value).replace(/^(?=\s*[=+\-@])/, "'")
        return /[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text
    }
    const total = (column) => rows.reduce((sum, row) => sum + row[column], 0)
    const lines = [
        ["Client", "Project", "Minutes", "To bill"],
        ...rows.map((row) => [row.client, row.project, row.minutes, row.toBill]),
        ["Total", "", total("minutes"), total("toBill")],
    ]

    e.response.header().set("Content-Type", "text/csv; charset=utf-8")
    e.response.header().set("Content-Disposition", `attachment; filename="hours-${month}.csv"`)
    e.response.header().set("Cache-Control", "no-store")
    return e.string(200, lines.map((line) => line.map(cell).join(",") + "\r\n").join(""))
}, $apis.requireSuperuserAuth())

/** What a login link opens. The token is read from the fragment, so no server, proxy or log ever sees it in a URL. */
export const LOGIN_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Hearth login</title>
<style>
:root { color-scheme: light dark }
body { font: 1.1rem/1.5 system-ui, sans-serif; display: grid; place-items: center; min-height: 90vh; margin: 0 1rem; text-align: center }
h1 { color: #c2410c; margin: 0 } code { font-family: ui-monospace, monospace }
</style>
</head>
<body>
<main><h1>Hearth</h1><p id="message" role="status">Logging in…</p></main>
<script>
const message = document.getElementById('message')
const token = location.hash.slice(1)
history.replaceState(null, '', location.pathname)
async function login() {
  if (token === '') throw new Error('This page needs a login link. Run hearth login to get one.')
  const answer = await fetch('api/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  })
  const body = await answer.json()
  if (!answer.ok) throw new Error(body.error.message)
  location.replace(body.next)
}
login().catch((error) => { message.textContent = error.message })
</script>
</body>
</html>
`

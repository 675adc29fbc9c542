export default ({ credentials, tokenResponse }) => ({
  ...tokenResponse,
  round: (credentials.round ?? 0) + 1,
})

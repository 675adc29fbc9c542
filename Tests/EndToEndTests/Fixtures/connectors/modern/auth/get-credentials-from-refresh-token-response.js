export default async function ({
  connectorParameters,
  connectionParameters,
  credentials,
  tokenResponse,
}) {
  return {
    access_token: tokenResponse.access_token,
    // Preserve refresh_token if not returned
    refresh_token: tokenResponse.refresh_token || credentials.refresh_token,
    expires_at: Date.now() + tokenResponse.expires_in * 1000,
  }
}

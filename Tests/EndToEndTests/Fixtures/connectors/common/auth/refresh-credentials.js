exports.refreshCredentials = async function({
  connectorParameters,
  connectionParameters,
  credentials
}) {
  // Custom implementation for refreshing tokens
  const response = await fetch(connectorParameters.tokenUri, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded'
    },
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: credentials.refresh_token,
      client_id: connectorParameters.clientId,
      client_secret: connectorParameters.clientSecret
      // Add any custom parameters here
    })
  });
  const refreshResponse = await response.json();
  // Return the new credentials (they will be merged with existing credentials)
  return {
    access_token: refreshResponse.access_token,
    // Include refresh_token if it was returned
    refresh_token: refreshResponse.refresh_token || credentials.refresh_token,
    // Update expiration if available
    expires_at: refreshResponse.expires_in
      ? Date.now() + (refreshResponse.expires_in * 1000)
      : undefined
  };
};

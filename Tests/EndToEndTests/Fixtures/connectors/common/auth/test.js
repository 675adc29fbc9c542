exports.test = async function({ apiClient }) {
  await apiClient.get('/user');
  return true;
};

/* Submits a batch, follows the link it is given, fetches the profile: java.net.http.HttpClient with a ProxySelector. */
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.regex.Pattern;

public class Client {
  static final String BASE = "https://demo.tt.omtrdc.net";
  static final URI PROXY = URI.create(System.getenv("https_proxy"));
  static final HttpClient CLIENT = HttpClient.newBuilder()
      .proxy(ProxySelector.of(new InetSocketAddress(PROXY.getHost(), PROXY.getPort())))
      .build();

  public static void main(String[] args) throws Exception {
    String submitted = ask(HttpRequest.newBuilder(URI.create(BASE + "/m2/demo/v2/profile/batchUpdate"))
        .POST(HttpRequest.BodyPublishers.ofString("batch=thirdPartyId,tier\nC-1,gold")));
    String link = found("<batchStatus>(.*)</batchStatus>", submitted);
    System.out.println("link " + link);
    System.out.println("status " + found("<status>(.*)</status>", ask(HttpRequest.newBuilder(URI.create(link)))));
    String profile = ask(HttpRequest.newBuilder(URI.create(BASE + "/rest/v1/profiles/thirdPartyId/C-1?client=demo")));
    System.out.println("tier " + found("\"tier\":\\{[^}]*\"value\":\"([a-z]*)\"", profile));
  }

  static String ask(HttpRequest.Builder request) throws Exception {
    return CLIENT.send(request.build(), BodyHandlers.ofString()).body();
  }

  static String found(String pattern, String text) {
    var matcher = Pattern.compile(pattern).matcher(text);
    if (!matcher.find()) throw new IllegalStateException(text);
    return matcher.group(1);
  }
}
